package io.kvmesh.testkit;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.HintStoreException;
import io.kvmesh.model.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Supplier;

/** A hint store on a {@link SimDisk}: every change is one durable step. Confined to the simulation's thread. */
final class SimHintStore implements HintStore {
    private final SimDisk disk;
    private final long mount;
    private final Path directory;
    private final HintRecords records;
    private boolean closed;

    SimHintStore(SimDisk disk, Path directory) {
        this.disk = disk;
        this.mount = disk.mountNumber();
        this.directory = directory;
        records = call(0, () -> disk.hintRecords(directory));
    }

    @Override
    public SortedMap<NodeId, Kept> kept() {
        return call(0, records::kept);
    }

    @Override
    public SortedMap<NodeId, Removed> add(List<Hint> hints) {
        long bytes = hints.stream().mapToLong(Hint::bytes).sum();
        return call(bytes, () -> records.add(hints));
    }

    @Override
    public List<Hint> page(NodeId target, long afterId, int countMax, long bytesMax) {
        return call(0, () -> records.page(target, afterId, countMax, bytesMax));
    }

    @Override
    public Removed remove(List<Hint> hints) {
        return call(0, () -> records.remove(hints));
    }

    @Override
    public void close() {
        closed = true;
    }

    private <T> T call(long bytes, Supplier<T> work) {
        if (closed) {
            throw new IllegalStateException("the hint store in " + directory + " is closed");
        }
        try {
            return disk.io().call(mount, IoOperation.HINT_STORE, directory, bytes, work::get);
        } catch (IOException e) {
            throw new HintStoreException("the hint store in " + directory + " failed: " + e.getMessage(), e);
        }
    }
}
