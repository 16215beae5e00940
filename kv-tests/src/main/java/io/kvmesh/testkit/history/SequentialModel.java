package io.kvmesh.testkit.history;

import java.util.List;

/**
 * What calls do, and what they may return, when one is made after the other. Implementations are stateless.
 *
 * @param <S> the type of a state: immutable, with {@code equals} and {@code hashCode}
 * @param <C> the type of a call and of what it returned, if that is known
 */
public interface SequentialModel<S, C> {
    S initial();

    /** The states in which a call may leave this one. None if it cannot have returned here what it returned. */
    List<S> step(S state, C call);
}
