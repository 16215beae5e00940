package io.kvmesh.testkit;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvConfig;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.node.Environment;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.Transport;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One member of a simulated cluster: its machine (disk, clock, address), which lasts, and its process, which comes and
 * goes. Confined to the simulation's thread.
 */
public final class SimMember {
    private static final String HOST = "127.0.0.1";
    private static final int FIRST_PORT = 7_000;
    /** Monotonic clocks start anywhere within this much of zero, before or after it. */
    private static final long MONOTONIC_ORIGIN_NANOS_MAX = 1L << 45;

    private final SimLoop loop;
    private final SimNetwork network;
    private final int index;
    private final RandomSource random;
    private final SimDisk disk;
    private final SimClock clock;
    private final Path directory;
    private final UnaryOperator<KvConfig.Builder> settings;
    private Consumer<CrashKind> crashListener = kind -> {};
    private @Nullable SimProcess process;
    private @Nullable KvStore store;

    SimMember(SimLoop loop, SimNetwork network, int index, UnaryOperator<KvConfig.Builder> settings) {
        this.loop = loop;
        this.network = network;
        this.index = index;
        this.settings = settings;
        random = loop.random().split();
        disk = new SimDisk(random.split());
        disk.io().belongTo(new Machine());
        clock = new SimClock(loop, random.nextLong(2 * MONOTONIC_ORIGIN_NANOS_MAX) - MONOTONIC_ORIGIN_NANOS_MAX);
        directory = Path.of("/sim/member-" + index);
        disk.createStableDirectory(directory);
    }

    public int index() {
        return index;
    }

    public SimDisk disk() {
        return disk;
    }

    public SimClock clock() {
        return clock;
    }

    /** Where the member keeps its data, on its own disk. */
    public Path directory() {
        return directory;
    }

    /** Where the member listens. */
    public PeerAddress address() {
        return addressOf(index);
    }

    static PeerAddress addressOf(int index) {
        return new PeerAddress(HOST, FIRST_PORT + index);
    }

    /** The settings with which this member opens its store. */
    public KvConfig config() {
        PeerAddress address = address();
        return settings.apply(KvConfig.builder().directory(directory).bind(address.host(), address.port()))
                .build();
    }

    /**
     * Starts a process and opens the store in it, letting virtual time pass until the store is open.
     *
     * @throws IllegalStateException if a process of this member is alive
     * @throws io.kvmesh.api.KvException if the store cannot be opened; the process is ended then
     * @throws MemberCrashedError if the process crashes meanwhile; it can be started again
     */
    public KvStore start() {
        Environment environment = startProcess();
        boolean opened = false;
        try {
            KvStore started = KvStore.open(config(), environment);
            // Nobody uses the store before the time at which it was open.
            loop.catchUp();
            checkAlive();
            store = started;
            opened = true;
            return started;
        } finally {
            if (!opened && isAlive()) {
                kill();
            }
        }
    }

    /**
     * The store of the running process.
     *
     * @throws IllegalStateException if none is open
     */
    public KvStore store() {
        KvStore current = store;
        if (current == null || !isAlive()) {
            throw new IllegalStateException("member " + index + " has no open store: start it first");
        }
        return current;
    }

    /**
     * Closes the store and ends the process, as an application does that stops in good order.
     *
     * @throws SimulationFailure if the closed store left files open
     */
    public void stop() {
        store().close();
        int handles = disk.openHandles();
        if (handles > 0) {
            throw loop.failure("member " + index + " left " + handles + " files open when its store was closed");
        }
        SimProcess ended = endProcess("stopped");
        disk.crashProcess();
        loop.threads().killAll(ended);
    }

    /** Whether a process of this member is alive; a paused one is. */
    public boolean isAlive() {
        SimProcess current = process;
        return current != null && current.isAlive();
    }

    /** Whether the process is alive and has opened its store. */
    public boolean isOpen() {
        return store != null && isAlive();
    }

    /** Whether the process is alive and held up by {@link #pause()}. */
    public boolean isPaused() {
        SimProcess current = process;
        return current != null && current.isPaused();
    }

    /**
     * Starts a process and yields what it is given of the world. Everything that uses it belongs to that process, and
     * ends with it.
     *
     * @throws IllegalStateException if a process of this member is alive
     */
    public Environment startProcess() {
        if (isAlive()) {
            throw new IllegalStateException("member " + index + " is running: kill it before starting it again");
        }
        SimProcess started = new SimProcess(loop, index, random.split());
        process = started;
        fault("started");
        return new Environment(
                clock,
                new SimScheduler(started),
                new SimBlocking(started, clock),
                disk.mount(),
                random.split(),
                config -> transport(started, config),
                this::nodeStore,
                path -> new SimHintStore(disk, path));
    }

    /** Tells this from now on that the process has crashed in a call of its disk, as its faults demanded. */
    public void whenCrashed(Consumer<CrashKind> listener) {
        crashListener = listener;
    }

    /**
     * Starts a thread of the application in the running process: code that uses {@link #store()} as it would in
     * production. It stands still while the member is paused, and is over when the process is.
     *
     * @throws IllegalStateException if no process of this member is alive, or too many simulated threads are
     */
    public SimThread run(String name, SimTask body) {
        return loop.threads().start(running("it cannot run thread '" + name + "'"), name, body);
    }

    /** Ends the process as kill -9 does: nothing of it happens any more; all that it wrote is there. */
    public void kill() {
        if (isAliveNow("killed")) {
            SimProcess ended = endProcess("killed");
            disk.crashProcess();
            loop.threads().killAll(ended);
        }
    }

    /** Ends the process as a cut of the power does: of what was not synced, chance decides what is there. */
    public void losePower() {
        if (isAliveNow("lost power")) {
            SimProcess ended = endProcess("lost power");
            disk.losePower();
            loop.threads().killAll(ended);
        }
    }

    /** Stops the process as a long garbage collection does. Calls by the test itself are not held up. */
    public void pause() {
        running("pause").pause();
        fault("paused");
    }

    /** Lets a paused process go on: all that waited happens now. */
    public void resume() {
        running("resume").resume();
        fault("resumed");
    }

    private void checkAlive() {
        if (!isAlive()) {
            throw new MemberCrashedError("member " + index + " crashed while its store was opened");
        }
    }

    /** Lets happen what comes before now, which may be a crash of the process. */
    private boolean isAliveNow(String purpose) {
        running(purpose);
        loop.catchUp();
        return isAlive();
    }

    private SimProcess endProcess(String how) {
        SimProcess ended = running(how);
        ended.kill();
        process = null;
        store = null;
        fault(how);
        return ended;
    }

    private SimProcess running(String purpose) {
        SimProcess current = process;
        if (current == null) {
            throw new IllegalStateException("member " + index + " is not running: " + purpose);
        }
        return current;
    }

    private Transport transport(SimProcess owner, KvConfig config) {
        String host = config.bindHost()
                .orElseThrow(
                        () -> new IllegalArgumentException("a transport needs a bind address in the configuration"));
        return new SimTransport(network, owner, host, config.bindPort());
    }

    private NodeStore nodeStore(Path path) {
        return new SimNodeStore(disk, path);
    }

    private void fault(String text) {
        loop.record(index, EventKind.FAULT, text);
    }

    /** What the disk does to the rest of the machine. Confined to the simulation's thread. */
    private final class Machine implements SimIo.Owner {
        @Override
        public void onCall(IoOperation operation, long bytes) {
            loop.hash(index, EventKind.IO, operation.name().hashCode() ^ (bytes << 32));
        }

        @Override
        public void spend(long nanos) {
            loop.spend(nanos);
        }

        @Override
        public void crash(CrashKind kind) {
            endProcess("crashed in a call of its disk: " + kind);
            // Its threads may stand in that very call, so they are ended when the running code has come to its end.
            loop.threads().processDied();
            crashListener.accept(kind);
        }
    }
}
