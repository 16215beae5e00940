package io.kvmesh.api;

import java.util.Optional;

/**
 * A member that fetches partitions, since it gains them by a change of the ring. Immutable.
 *
 * @param member its identity: sixteen hexadecimal digits
 * @param partitions how many it gains
 * @param progress how far it is, if it is the member that was asked, which alone knows that
 */
public record StreamInfo(String member, int partitions, Optional<Progress> progress) {

    /**
     * How far a member is with what it gains. Immutable.
     *
     * @param maps how many maps there are to fetch; 0 as long as that is not known
     * @param mapsDone how many of these are there
     * @param partitionsLeft how many partitions of the present map are not
     * @param cells entries that were fetched so far
     * @param obstacle what it waits for
     */
    public record Progress(int maps, int mapsDone, int partitionsLeft, long cells, Optional<String> obstacle) {
        @Override
        public String toString() {
            return mapsDone + " of " + maps + " maps fetched, " + partitionsLeft + " partitions of the next to go, "
                    + cells + " cells so far"
                    + obstacle.map(reason -> "; it waits: " + reason).orElse("");
        }
    }

    @Override
    public String toString() {
        return "member " + member + " fetches " + partitions + " partitions"
                + progress.map(known -> ": " + known).orElse("");
    }
}
