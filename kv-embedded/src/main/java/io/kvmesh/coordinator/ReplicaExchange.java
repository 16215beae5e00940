package io.kvmesh.coordinator;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one operation to remote replicas, and their replies. Guarded by its own monitor. Teaches a replica
 * the map it does not know, then asks it again.
 */
abstract class ReplicaExchange implements ReplyHandler {
    /** How often one exchange sends the map's descriptor before it takes the replica for failed. */
    private static final int DESCRIPTORS_SENT_MAX = 8;

    private static final long NOT_REGISTERED = -1;
    private static final int DESCRIPTOR_BYTES = 128;

    final CoordinatorContext context;
    final MapDescriptor map;
    final long deadlineNanos;

    private volatile long correlation = NOT_REGISTERED;
    private int descriptorsSent;

    ReplicaExchange(CoordinatorContext context, MapDescriptor map, long deadlineNanos) {
        this.context = context;
        this.map = map;
        this.deadlineNanos = deadlineNanos;
    }

    /** Must precede the first request. */
    final void register() {
        correlation = context.messenger().begin(this, deadlineNanos);
    }

    /** Later replies are dropped. Idempotent. */
    final void unregister() {
        long registered = correlation;
        if (registered != NOT_REGISTERED) {
            context.messenger().end(registered);
        }
    }

    final ByteWriter newRequest(Verb verb, int payloadBytes) {
        return context.messenger().newRequest(verb, correlation, deadlineNanos, payloadBytes);
    }

    @Override
    public final void onReply(NodeId from, ByteReader payload) {
        ReplyStatus status = ReplicaMessages.readStatus(payload);
        switch (status) {
            case UNKNOWN_MAP -> teach(from);
            case MAP_CREATED -> askAgain(from);
            case REFUSED -> onRefused(from, ReplicaMessages.readRefusal(payload), payload.readString());
            default -> onAnswer(from, status, payload);
        }
    }

    @Override
    public final void onFailure(NodeId from, Failure failure) {
        switch (failure) {
            case NO_SESSION -> onRefused(from, null, failure.toString());
            case SESSION_ENDED -> onRefused(from, Refusal.FAILED, "its connection ended before it answered");
            case BUDGET_SPENT, OVERLOADED -> onRefused(from, Refusal.OVERLOADED, failure.toString());
        }
    }

    /** A reply with content: any status but those about maps and refusals. */
    abstract void onAnswer(NodeId from, ReplyStatus status, ByteReader payload);

    /** The replica did nothing, or cannot be reached (then the refusal is null). */
    abstract void onRefused(NodeId from, @Nullable Refusal refusal, String text);

    /** Sends the request to this replica again. */
    abstract void askAgain(NodeId replica);

    private void teach(NodeId replica) {
        synchronized (this) {
            descriptorsSent++;
        }
        if (descriptorsSent > DESCRIPTORS_SENT_MAX) {
            onRefused(replica, Refusal.OTHER, "does not learn the map '" + map.name() + "'");
            return;
        }
        ByteWriter request = newRequest(Verb.MAP_SPEC, DESCRIPTOR_BYTES);
        ReplicaMessages.putDescriptor(request, map);
        context.messenger().send(replica, request);
    }
}
