package io.kvmesh.runtime;

/** Makes the threads of the library. Stateless. */
final class DaemonThreads {
    private DaemonThreads() {}

    /**
     * A named thread that does not keep the JVM alive. It inherits no thread locals: it may be started by any thread of
     * the application, and must not keep alive what happens to be bound there.
     */
    static Thread create(String name, Runnable body) {
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        return thread;
    }
}
