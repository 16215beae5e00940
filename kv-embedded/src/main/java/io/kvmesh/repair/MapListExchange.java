package io.kvmesh.repair;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.MapLists;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.runtime.Clock;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Asks several members for the maps that they know, and tells once what became of it. Guarded by its own monitor. */
final class MapListExchange implements ReplyHandler {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Told once, on a transport's thread or on the control lane. */
    interface Listener {
        /** The maps that any of them knows. */
        void onMaps(List<MapDescriptor> maps);

        void onFailed(String reason);
    }

    private final Messenger messenger;
    private final SortedSet<NodeId> awaited;
    private final SortedMap<String, MapDescriptor> maps = new TreeMap<>();
    private final long deadlineNanos;
    private final Listener listener;
    private long correlation;
    private boolean done;

    private MapListExchange(Messenger messenger, SortedSet<NodeId> sources, long deadlineNanos, Listener listener) {
        this.messenger = messenger;
        this.awaited = new TreeSet<>(sources);
        this.deadlineNanos = deadlineNanos;
        this.listener = listener;
    }

    /** @param epoch the state of the ring that they must know */
    static void start(Messenger messenger, Clock clock, SortedSet<NodeId> sources, RingEpoch epoch, Listener listener) {
        if (sources.isEmpty()) {
            listener.onMaps(List.of());
            return;
        }
        long deadlineNanos = clock.monotonicNanos() + TIMEOUT_NANOS;
        new MapListExchange(messenger, sources, deadlineNanos, listener).send(sources, epoch);
    }

    private void send(SortedSet<NodeId> sources, RingEpoch epoch) {
        long registered = messenger.begin(this, deadlineNanos);
        synchronized (this) {
            correlation = registered;
        }
        ByteWriter request = messenger.newRequest(Verb.MAP_LIST, registered, deadlineNanos, MapLists.requestBytes());
        MapLists.putRequest(request, epoch);
        sources.forEach(source -> messenger.send(source, request));
    }

    @Override
    public void onReply(NodeId from, ByteReader payload) {
        try {
            ReplyStatus status = ReplicaMessages.readStatus(payload);
            switch (status) {
                case MAPS -> onMaps(from, MapLists.readMaps(payload));
                case REFUSED ->
                    fail(from, "refused (" + ReplicaMessages.readRefusal(payload) + ": " + payload.readString() + ")");
                default -> fail(from, "answered with " + status);
            }
        } catch (MalformedBytesException e) {
            fail(from, "answered with what is no list of maps: " + e.getMessage());
        }
    }

    @Override
    public void onFailure(NodeId from, Failure failure) {
        fail(from, failure == Failure.NO_SESSION ? "is not connected" : "did not answer (" + failure + ")");
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            NodeId silent;
            synchronized (this) {
                silent = awaited.isEmpty() ? null : awaited.first();
            }
            if (silent != null) {
                fail(silent, "did not answer in time");
            }
        }
    }

    private void onMaps(NodeId from, List<MapDescriptor> theirs) {
        List<MapDescriptor> all;
        synchronized (this) {
            awaited.remove(from);
            theirs.forEach(map -> maps.put(map.name(), map));
            if (done || !awaited.isEmpty()) {
                return;
            }
            all = List.copyOf(maps.values());
        }
        if (end()) {
            listener.onMaps(all);
        }
    }

    private void fail(NodeId from, String what) {
        if (end()) {
            listener.onFailed("member " + from + " " + what);
        }
    }

    /** False if it was over before. */
    private boolean end() {
        long registered;
        synchronized (this) {
            if (done) {
                return false;
            }
            done = true;
            registered = correlation;
        }
        messenger.end(registered);
        return true;
    }
}
