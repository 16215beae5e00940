package io.kvmesh.storage;

/** Work that falls behind when writes come too fast. Safe for any thread. */
@FunctionalInterface
interface WritePressure {

    /**
     * How long all writers together should take for that many bytes, so that the work keeps up; 0 while it does. Asked
     * at every write.
     */
    long delayNanos(long bytes);
}
