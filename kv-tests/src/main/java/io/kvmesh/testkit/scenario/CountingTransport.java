package io.kvmesh.testkit.scenario;

import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import io.kvmesh.transport.Verb;
import java.io.IOException;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts the bytes of the frames that come in, by their verb. Safe for any thread. */
final class CountingTransport implements Transport {
    private static final int VERB_AT = 1;
    private static final int CODES = 256;

    private final Transport transport;
    private final AtomicLongArray bytesByCode;

    /** Counters of one transport. Safe for any thread. */
    static final class Counters {
        private final AtomicLongArray bytesByCode = new AtomicLongArray(CODES);

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
        bytesByCode = counters.bytesByCode;
    }

    @Override
    public PeerAddress start(PeerId self, FrameReceiver receiver) throws IOException {
        return transport.start(self, (from, buffer, offset, length) -> {
            int code = length > VERB_AT ? buffer[offset + VERB_AT] & 0xFF : 0;
            bytesByCode.addAndGet(code, length);
            receiver.onFrame(from, buffer, offset, length);
        });
    }

    @Override
    public void send(PeerId to, byte[] frame, int offset, int length) {
        transport.send(to, frame, offset, length);
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
