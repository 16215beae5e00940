package io.kvmesh.api;

/**
 * What this member waits for from other members at one moment. Immutable. All numbers are zero when nothing goes on.
 *
 * @param operations reads and writes that this member coordinates, until all replicas that they asked have answered or
 *     their time is over
 * @param requests messages to other members that are not answered yet
 * @param requestBytes the size of these messages
 */
public record TrafficInfo(long operations, long requests, long requestBytes) {
    /** Of a member that is alone. */
    public static final TrafficInfo NONE = new TrafficInfo(0, 0, 0);
}
