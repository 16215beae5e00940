package io.kvmesh.storage;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Opens engines on real files with a scheduler that the test drives. Used by one thread. */
final class StorageFixture {
    static final MapDescriptor CITIES = MapDescriptor.of("cities", "string/1", "string/1");
    static final NodeId NODE = new NodeId(7);

    final FaultyFileSystem files = new FaultyFileSystem(new DiskFileSystem());
    final Path directory;
    ManualScheduler scheduler = new ManualScheduler();

    StorageFixture(Path directory) {
        this.directory = directory;
    }

    StorageConfig config() {
        return config(Durability.PERIODIC, 64 * 1024 * 1024, 1024 * 1024);
    }

    StorageConfig config(Durability durability, long memtableBytes, int logSegmentBytes) {
        return new StorageConfig(
                directory, 16, durability, 100_000_000L, memtableBytes, logSegmentBytes, 512, 1024 * 1024);
    }

    StorageEngine open() {
        return open(config());
    }

    StorageEngine open(StorageConfig config) {
        scheduler = new ManualScheduler();
        StorageEngine engine = StorageEngine.open(config, files, new SystemClock(), scheduler, RandomSource.seeded(1));
        engine.createMap(CITIES);
        return engine;
    }

    /** A copy of the directory as a crash of the process would leave it, with a fixture on it. */
    StorageFixture crashed(Path target) throws IOException {
        copy(directory, target);
        return new StorageFixture(target);
    }

    static void copy(Path source, Path target) throws IOException {
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(target.resolve(source.relativize(dir).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, target.resolve(source.relativize(file).toString()));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static Key key(String text) {
        return Key.of(Math.floorMod(text.hashCode(), 16), text.getBytes(StandardCharsets.UTF_8));
    }

    static Cell cell(String value, long timestampMicros) {
        return Cell.of(value.getBytes(StandardCharsets.UTF_8), new Version(timestampMicros, NODE));
    }

    static Cell tombstone(long timestampMicros) {
        return Cell.tombstone(new Version(timestampMicros, NODE));
    }

    /** What became of one write. */
    static final class Result implements WriteCallback {
        final AtomicInteger calls = new AtomicInteger();
        volatile boolean written;
        volatile @Nullable Version newer;
        volatile @Nullable KvException failure;

        @Override
        public void onWritten(@Nullable Version version) {
            newer = version;
            written = true;
            // Last: whoever waits for a call finds what it told.
            calls.incrementAndGet();
        }

        @Override
        public void onFailed(KvException reason) {
            failure = reason;
            calls.incrementAndGet();
        }
    }

    static Result write(StorageEngine engine, String key, Cell cell) {
        Result result = new Result();
        engine.write(new Mutation(CITIES.id(), key(key), cell), result);
        return result;
    }

    /** The stored text, or null if the key is absent or deleted. */
    static @Nullable String text(StorageEngine engine, String key) {
        Cell found = engine.read(CITIES.id(), key(key));
        return found == null || found.isTombstone() ? null : new String(found.value(), StandardCharsets.UTF_8);
    }
}
