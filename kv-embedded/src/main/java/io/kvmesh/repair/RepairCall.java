package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One request of a comparison to one member, repeated until it is answered or the member is gone, and its answer.
 * Guarded by its own monitor. All these requests may be repeated without harm.
 */
final class RepairCall implements ReplyHandler {
    static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** A large partition is read for minutes before its tree can be told. */
    static final int TRIES_MAX = 60;

    private static final long OVERLOAD_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final RepairSeams seams;
    private final NodeId peer;
    private final ByteWriter payload;
    private final int tries;
    private final Consumer<ByteReader> onDone;
    private final Consumer<String> onFailed;
    private final long deadlineNanos;
    private long correlation;
    private boolean done;

    private RepairCall(
            RepairSeams seams,
            NodeId peer,
            ByteWriter payload,
            int tries,
            Consumer<ByteReader> onDone,
            Consumer<String> onFailed) {
        this.seams = seams;
        this.peer = peer;
        this.payload = payload;
        this.tries = tries;
        this.onDone = onDone;
        this.onFailed = onFailed;
        this.deadlineNanos = seams.clock().monotonicNanos() + TIMEOUT_NANOS;
    }

    /**
     * Asks a member. One of the two is called, once, in the background.
     *
     * @param onDone reads what follows the status of the answer, and goes on
     * @param onFailed told why there is no answer, or why going on failed
     */
    static void ask(
            RepairSeams seams,
            NodeId peer,
            ByteWriter payload,
            Consumer<ByteReader> onDone,
            Consumer<String> onFailed) {
        new RepairCall(seams, peer, payload, 1, onDone, onFailed).send();
    }

    private void send() {
        try {
            long registered = seams.messenger().begin(this, deadlineNanos);
            synchronized (this) {
                correlation = registered;
            }
            ByteWriter request = seams.messenger().newRequest(Verb.MERKLE, registered, deadlineNanos, payload.length());
            request.putBytes(payload.array(), 0, payload.length());
            seams.messenger().send(peer, request);
        } catch (KvException e) {
            fail("cannot be asked: " + e.getMessage());
        }
    }

    @Override
    public void onReply(NodeId from, ByteReader reply) {
        if (end()) {
            byte[] bytes = reply.readBytes(reply.remaining());
            seams.later(() -> deliver(new ByteReader(bytes)));
        }
    }

    private void deliver(ByteReader reply) {
        try {
            String refusal = MerkleMessages.readRefusal(reply);
            if (refusal == null) {
                onDone.accept(reply);
            } else {
                onFailed.accept("member " + peer + " refused: " + refusal);
            }
        } catch (MalformedBytesException e) {
            onFailed.accept("member " + peer + " answered with what cannot be read: " + e.getMessage());
        } catch (KvException e) {
            onFailed.accept(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void onFailure(NodeId from, Failure failure) {
        switch (failure) {
            case NO_SESSION, SESSION_ENDED -> fail("is not connected");
            case BUDGET_SPENT, OVERLOADED -> tryAgain(OVERLOAD_PAUSE_NANOS, "is too busy");
        }
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            tryAgain(
                    0,
                    "did not answer " + TRIES_MAX + " times within " + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NANOS)
                            + " s");
        }
    }

    private void tryAgain(long pauseNanos, String reason) {
        if (tries >= TRIES_MAX) {
            fail(reason);
        } else if (end()) {
            seams.later(pauseNanos, () -> new RepairCall(seams, peer, payload, tries + 1, onDone, onFailed).send());
        }
    }

    private void fail(String what) {
        if (end()) {
            seams.later(() -> onFailed.accept("member " + peer + " " + what));
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
        seams.messenger().end(registered);
        return true;
    }
}
