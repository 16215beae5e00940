package io.kvmesh.testkit.history;

import org.jspecify.annotations.Nullable;

/**
 * A call for one entry of a map, and what it returned. Immutable.
 *
 * @param expected what {@link Action#COMPARE_AND_SET} compares with; null for no value
 * @param value what is to be set; null deletes
 */
public record EntryCall(
        Action action, @Nullable String expected, @Nullable String value, Observation observation) {
    /** What a call asks for. */
    public enum Action {
        GET,
        /** Also {@code remove(key)}. */
        SET,
        SET_IF_ABSENT,
        /** {@code replace(key, value)}. */
        SET_IF_PRESENT,
        /** {@code replace(key, old, new)}, {@code remove(key, old)}, or what a computation came to. */
        COMPARE_AND_SET
    }

    /** What is known of the result. */
    public sealed interface Observation {
        /** Nothing: the call returns nothing, or did not return. */
        Observation NONE = new Nothing();

        /** The value before the call. */
        static Observation previous(@Nullable String value) {
            return new Previous(value);
        }

        /** Whether the call changed anything. */
        static Observation applied(boolean applied) {
            return new Applied(applied);
        }
    }

    private record Nothing() implements Observation {}

    private record Previous(@Nullable String value) implements Observation {}

    private record Applied(boolean applied) implements Observation {}

    public static EntryCall get(Observation observation) {
        return new EntryCall(Action.GET, null, null, observation);
    }

    public static EntryCall set(@Nullable String value, Observation observation) {
        return new EntryCall(Action.SET, null, value, observation);
    }

    public static EntryCall setIfAbsent(String value, Observation observation) {
        return new EntryCall(Action.SET_IF_ABSENT, null, value, observation);
    }

    public static EntryCall setIfPresent(String value, Observation observation) {
        return new EntryCall(Action.SET_IF_PRESENT, null, value, observation);
    }

    public static EntryCall compareAndSet(@Nullable String expected, @Nullable String value, Observation observation) {
        return new EntryCall(Action.COMPARE_AND_SET, expected, value, observation);
    }

    /** Whether the call changes an entry that has this value, or none. */
    boolean appliesTo(@Nullable String present) {
        return switch (action) {
            case GET -> false;
            case SET -> true;
            case SET_IF_ABSENT -> present == null;
            case SET_IF_PRESENT -> present != null;
            case COMPARE_AND_SET -> expected == null ? present == null : expected.equals(present);
        };
    }

    /** Whether the call may have returned what it did if the entry had this value, or none. */
    boolean agreesWith(@Nullable String present) {
        if (observation instanceof Previous previous) {
            return previous.value() == null ? present == null : previous.value().equals(present);
        }
        return !(observation instanceof Applied known) || known.applied() == appliesTo(present);
    }
}
