package io.kvmesh.testkit.history;

import java.util.List;

/** Judges a run by one promise. Implementations are stateless. */
public interface Checker {
    /** The checkers of everything that a mesh promises. */
    static List<Checker> all() {
        return List.of(
                new ReadsReturnWhatWasWritten(),
                new NoAcknowledgedWriteIsLost(),
                new DeletedKeysStayDeleted(),
                new ReadsAreFresh(),
                new EveryCallEnds(),
                new ErrorsAreOfTheStore(),
                new CallsSucceedWhenAllIsWell(),
                new ReplicasAreEqual(),
                new MembersAgreeOnTheRing(),
                new NothingFailsInside(),
                new NothingLeaks(),
                new NothingIsDamaged());
    }

    /** Every broken promise that the evidence shows, or as many of them as are worth reading. */
    List<Violation> check(Evidence evidence);

    default String name() {
        return getClass().getSimpleName();
    }
}
