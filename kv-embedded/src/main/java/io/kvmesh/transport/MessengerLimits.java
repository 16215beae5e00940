package io.kvmesh.transport;

/**
 * The bounds of a messenger. Immutable.
 *
 * @param peerMessagesMax requests to one peer that may await their replies
 * @param peerBytesMax bytes of requests to one peer that may await their replies
 * @param operationsMax operations that may be registered at once
 * @param peersMax peers with a session, and hello attempts, that are kept at once
 * @param frameBytesMax the largest frame that is sent
 */
public record MessengerLimits(
        int peerMessagesMax, long peerBytesMax, int operationsMax, int peersMax, int frameBytesMax) {

    /**
     * Half of the queue that the transport has for a peer, so that requests to it and replies to as many requests of
     * its own fit; frames a little under what the transport carries.
     */
    public static final MessengerLimits DEFAULT =
            new MessengerLimits(1000, 32L << 20, 100_000, 1000, (16 << 20) - 4096);

    public MessengerLimits {
        if (peerMessagesMax < 1 || peerBytesMax < 1 || operationsMax < 1 || peersMax < 1 || frameBytesMax < 1) {
            throw new IllegalArgumentException("every limit must be at least 1");
        }
    }
}
