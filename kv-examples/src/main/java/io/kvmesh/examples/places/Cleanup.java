package io.kvmesh.examples.places;

/**
 * Leaves neither processes nor files behind, also when the user interrupts the job. Safe for any thread.
 *
 * <p>A driver that is killed cannot tidy up; its members see the end of their input then, and stop by themselves.
 */
final class Cleanup {
    private final Mesh mesh;
    private final WorkDirectory directory;
    private final Thread hook = new Thread(this::stopAndDelete, "places-cleanup");

    private Cleanup(Mesh mesh, WorkDirectory directory) {
        this.mesh = mesh;
        this.directory = directory;
    }

    /** Will clean up when the JVM ends, unless that was done before. */
    static Cleanup register(Mesh mesh, WorkDirectory directory) {
        Cleanup cleanup = new Cleanup(mesh, directory);
        Runtime.getRuntime().addShutdownHook(cleanup.hook);
        return cleanup;
    }

    /** Cleans up after a job that has ended well. */
    void now() {
        if (takeOver()) {
            stopAndDelete();
        }
    }

    /**
     * Ends the processes of a job that has failed, and leaves its files for inspection.
     *
     * @return false if the job failed only because the JVM is about to end
     */
    boolean stopMembersOnly() {
        if (!takeOver()) {
            return false;
        }
        stop();
        return true;
    }

    private boolean takeOver() {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook is at work already.
            return false;
        }
    }

    private void stopAndDelete() {
        stop();
        directory.delete();
    }

    private void stop() {
        try {
            mesh.killAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
