package io.kvmesh.testkit;

import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;

/** The files of a {@link SimDisk} for one process. Confined to the simulation's thread. */
final class SimFileSystem implements FileSystem {
    private final SimDisk disk;
    private final long mount;

    SimFileSystem(SimDisk disk, long mount) {
        this.disk = disk;
        this.mount = mount;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        change(IoOperation.CREATE_DIRECTORIES, directory, () -> addDirectories(directory));
    }

    private void addDirectories(Path directory) throws FileAlreadyExistsException {
        ArrayDeque<Path> missing = new ArrayDeque<>();
        for (Path path = SimDisk.normal(directory); path != null; path = path.getParent()) {
            SimEntry entry = disk.names().find(path);
            if (entry != null && !entry.isDirectory()) {
                throw new FileAlreadyExistsException(path.toString());
            }
            if (entry == null) {
                missing.addFirst(path);
            }
        }
        missing.forEach(path -> disk.names().change(new NameChange(null, path, SimEntry.DIRECTORY)));
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return disk.io().call(mount, IoOperation.LIST, directory, 0, () -> {
            Path normal = existingDirectory(directory);
            return disk.names().children(normal).stream()
                    .map(child -> directory.resolve(normal.relativize(child)))
                    .toList();
        });
    }

    @Override
    public boolean exists(Path path) {
        disk.checkMounted(mount, path);
        return disk.names().find(SimDisk.normal(path)) != null;
    }

    @Override
    public long sizeBytes(Path file) throws IOException {
        return disk.io()
                .call(mount, IoOperation.SIZE, file, 0, () -> existingFile(file).sizeBytes());
    }

    @Override
    public AppendFile create(Path file) throws IOException {
        SimFile created = disk.io().call(mount, IoOperation.CREATE, file, 0, () -> createFile(file));
        return new SimAppendFile(new SimHandle(disk, mount, file, created));
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        SimFile opened = disk.io().call(mount, IoOperation.OPEN, file, 0, () -> existingFile(file));
        return new SimFixedFile(new SimHandle(disk, mount, file, opened));
    }

    @Override
    public SegmentFile createSegment(Path file, long sizeBytes) throws IOException {
        if (sizeBytes <= 0 || sizeBytes > Integer.MAX_VALUE) {
            throw new IllegalStateException("a segment has 1 to " + Integer.MAX_VALUE + " bytes, not " + sizeBytes);
        }
        SimFile created =
                disk.io().call(mount, IoOperation.CREATE_SEGMENT, file, sizeBytes, () -> createFileOf(sizeBytes, file));
        return new SimFixedFile(new SimHandle(disk, mount, file, created));
    }

    @Override
    public SegmentFile openSegment(Path file) throws IOException {
        SimFile opened = disk.io().call(mount, IoOperation.OPEN_SEGMENT, file, 0, () -> existingFile(file));
        return new SimFixedFile(new SimHandle(disk, mount, file, opened));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        change(IoOperation.RENAME, from, () -> move(from, to));
    }

    private void move(Path from, Path to) throws IOException {
        Path source = SimDisk.normal(from);
        Path target = SimDisk.normal(to);
        SimFile file = disk.file(source);
        SimEntry replaced = disk.names().find(target);
        if (replaced != null && replaced.isDirectory()) {
            throw new IOException(to + ": Is a directory");
        }
        checkParent(to, target);
        if (!source.equals(target)) {
            disk.bind(source, target, file);
        }
    }

    @Override
    public void link(Path existing, Path link) throws IOException {
        change(IoOperation.LINK, link, () -> {
            SimFile file = existingFile(existing);
            checkFree(link);
            disk.bind(null, SimDisk.normal(link), file);
        });
    }

    @Override
    public void delete(Path file) throws IOException {
        change(IoOperation.DELETE, file, () -> remove(file));
    }

    private void remove(Path file) throws DirectoryNotEmptyException {
        Path path = SimDisk.normal(file);
        SimEntry entry = disk.names().find(path);
        if (entry == null) {
            return;
        }
        if (entry.isDirectory() && !disk.names().children(path).isEmpty()) {
            throw new DirectoryNotEmptyException(file.toString());
        }
        disk.unbind(path, entry.file());
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        change(IoOperation.SYNC_DIRECTORY, directory, () -> disk.names().sync(existingDirectory(directory)));
    }

    @Override
    public FileLock lock(Path file) throws IOException {
        return disk.io().call(mount, IoOperation.LOCK, file, 0, () -> takeLock(file));
    }

    private FileLock takeLock(Path file) throws IOException {
        Path path = SimDisk.normal(file);
        checkParent(file, path);
        disk.lock(path, this);
        if (disk.names().find(path) == null) {
            disk.bind(null, path, new SimFile());
        }
        return new SimFileLock(disk, mount, path);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return disk.io().call(mount, IoOperation.USABLE, directory, 0, () -> {
            existingDirectory(directory);
            return disk.roomFor(Long.MAX_VALUE);
        });
    }

    /** A change of names. */
    @FunctionalInterface
    private interface Change {
        void run() throws IOException;
    }

    private void change(IoOperation operation, Path path, Change change) throws IOException {
        disk.io().call(mount, operation, path, 0, () -> {
            change.run();
            return path;
        });
    }

    private SimFile existingFile(Path file) throws IOException {
        return disk.file(SimDisk.normal(file));
    }

    private SimFile createFileOf(long sizeBytes, Path file) throws IOException {
        checkFree(file);
        if (disk.roomFor(sizeBytes) < sizeBytes) {
            throw new IOException(file + ": " + IoFaults.DISK_FULL);
        }
        SimFile created = createFile(file);
        disk.grow(created, sizeBytes);
        return created;
    }

    private SimFile createFile(Path file) throws IOException {
        checkFree(file);
        if (disk.roomFor(1) == 0) {
            throw new IOException(file + ": " + IoFaults.DISK_FULL);
        }
        SimFile created = new SimFile();
        disk.bind(null, SimDisk.normal(file), created);
        return created;
    }

    private void checkFree(Path file) throws IOException {
        Path path = SimDisk.normal(file);
        checkParent(file, path);
        if (disk.names().find(path) != null) {
            throw new FileAlreadyExistsException(file.toString());
        }
    }

    private void checkParent(Path file, Path normal) throws NoSuchFileException {
        if (!disk.names().isDirectory(normal.getParent())) {
            throw new NoSuchFileException(file.toString());
        }
    }

    private Path existingDirectory(Path directory) throws NoSuchFileException {
        Path path = SimDisk.normal(directory);
        if (!disk.names().isDirectory(path)) {
            throw new NoSuchFileException(directory.toString());
        }
        return path;
    }

    /** Closing it frees the lock. Confined to the simulation's thread. */
    private static final class SimFileLock implements FileLock {
        private final SimDisk disk;
        private final long mount;
        private final Path path;
        private boolean closed;

        SimFileLock(SimDisk disk, long mount, Path path) {
            this.disk = disk;
            this.mount = mount;
            this.path = path;
        }

        @Override
        public void close() {
            // A lock that ended with its process may be another's by now.
            if (!closed && disk.isMounted(mount)) {
                disk.unlock(path);
            }
            closed = true;
        }
    }
}
