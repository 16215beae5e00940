package io.kvmesh.api;

import java.time.Instant;
import java.util.Locale;

/**
 * One member as this member sees it. Immutable.
 *
 * @param id sixteen hexadecimal digits, kept over restarts
 * @param address {@code host:port}
 * @param standing what it is to the ring, by the state of the ring that this member knows
 * @param dataCenter where it is; empty as long as it has no place in the ring that is known here
 * @param rack what it shares with members that may fail together with it; empty as the data centre is
 * @param stateSinceMillis wall time, in milliseconds, of the last change of the state
 * @param tokens how many positions on the ring it has; 0 as long as they are not known here, when it holds no keys
 * @param ownership the share of the ring (0 to 1) whose first replica this member is
 * @param local whether this is the member itself
 */
public record MemberInfo(
        String id,
        String address,
        MemberState state,
        MemberStanding standing,
        String dataCenter,
        String rack,
        long stateSinceMillis,
        int tokens,
        double ownership,
        boolean local) {
    @Override
    public String toString() {
        String place = dataCenter.isEmpty() ? "" : " in " + dataCenter + "/" + rack;
        return String.format(
                Locale.ROOT,
                "%s at %s%s: %s since %s, %s%s, %d tokens, %.1f %% of the ring",
                id,
                address,
                local ? " (this member)" : "",
                state,
                Instant.ofEpochMilli(stateSinceMillis),
                standing,
                place,
                tokens,
                100 * ownership);
    }
}
