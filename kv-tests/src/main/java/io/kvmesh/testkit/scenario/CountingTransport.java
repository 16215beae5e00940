package io.kvmesh.testkit.scenario;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import io.kvmesh.transport.Verb;
import java.io.IOException;
import java.util.Collection;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the bytes of the frames that come in, by their verb, and can be cut off from members: what goes to them or
 * comes from them is dropped. Safe for any thread.
 */
final class CountingTransport implements Transport {
    private static final int VERB_AT = 1;
    private static final int CODES = 256;

    private final Transport transport;
    private final Counters counters;

    /** The counters of one transport, and whom it is cut off from. Safe for any thread. */
    static final class Counters {
        private final AtomicLongArray bytesByCode = new AtomicLongArray(CODES);
        private final Set<NodeId> cutOff = ConcurrentHashMap.newKeySet();

        /** Lets nothing pass to and from these any more, and everything to and from all others. */
        void cutOffFrom(Collection<NodeId> members) {
            cutOff.retainAll(members);
            cutOff.addAll(members);
        }

        /** The bytes of frames that came in, of each verb that came at all. */
        SortedMap<String, Long> byVerb() {
            TreeMap<String, Long> bytes = new TreeMap<>();
            for (int code = 0; code < CODES; code++) {
                if (bytesByCode.get(code) > 0) {
                    Verb verb = Verb.ofCode(code);
                    bytes.put(verb == null ? "CODE_" + code : verb.name(), bytesByCode.get(code));
                }
            }
            return bytes;
        }
    }

    CountingTransport(Transport transport, Counters counters) {
        this.transport = transport;
        this.counters = counters;
    }

    @Override
    public PeerAddress start(PeerId self, FrameReceiver receiver) throws IOException {
        return transport.start(self, (from, buffer, offset, length) -> {
            if (counters.cutOff.contains(from.node())) {
                return;
            }
            int code = length > VERB_AT ? buffer[offset + VERB_AT] & 0xFF : 0;
            counters.bytesByCode.addAndGet(code, length);
            receiver.onFrame(from, buffer, offset, length);
        });
    }

    @Override
    public void send(PeerId to, byte[] frame, int offset, int length) {
        if (!counters.cutOff.contains(to.node())) {
            transport.send(to, frame, offset, length);
        }
    }

    @Override
    public void sendToAddress(PeerAddress to, byte[] frame, int offset, int length) {
        transport.sendToAddress(to, frame, offset, length);
    }

    @Override
    public void learn(PeerId peer, PeerAddress address) {
        transport.learn(peer, address);
    }

    @Override
    public void retain(Collection<PeerId> live) {
        transport.retain(live);
    }

    @Override
    public void close() {
        transport.close();
    }
}
