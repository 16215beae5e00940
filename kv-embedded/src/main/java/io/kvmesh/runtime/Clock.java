package io.kvmesh.runtime;

/** Tells the time. Safe for any thread. */
public interface Clock {

    /** Wall time in microseconds since 1970-01-01T00:00:00Z. It may jump, also backwards. */
    long wallMicros();

    /** Nanoseconds since an arbitrary origin. It never runs back; only differences have a meaning. */
    long monotonicNanos();
}
