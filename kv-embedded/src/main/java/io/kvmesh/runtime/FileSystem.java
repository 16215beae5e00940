package io.kvmesh.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of one member. Every call may block. Safe for any thread; what the returned files allow is said there.
 *
 * <p>What survives: after a crash of the process everything written is still there. After a loss of power only what
 * was synced is sure to be there: bytes by {@link AppendFile#sync()} or {@link SegmentFile#sync()}, and the creation,
 * renaming and deletion of directory entries by {@link #syncDirectory(Path)}.
 */
public interface FileSystem {

    /** Creates the directory and its missing parents. No error if it is there. */
    void createDirectories(Path directory) throws IOException;

    /** The entries of a directory (files and directories), in the order of their names. */
    List<Path> list(Path directory) throws IOException;

    boolean exists(Path path);

    long sizeBytes(Path file) throws IOException;

    /**
     * Creates a new file and opens it for appending.
     *
     * @throws java.nio.file.FileAlreadyExistsException if it exists
     */
    AppendFile create(Path file) throws IOException;

    /** Opens an existing file for reading. */
    ReadFile open(Path file) throws IOException;

    /**
     * Creates a file of fixed size, filled with zeros and with its disk space allocated, for writing at any position
     * without system calls. A disk without room is found here, not at a later write.
     *
     * @throws java.nio.file.FileAlreadyExistsException if it exists
     */
    SegmentFile createSegment(Path file, long sizeBytes) throws IOException;

    /**
     * As {@link #createSegment}, of a file that will be synced now and then, and not for each write. The zeros need not
     * reach the disk before they are overwritten: fewer bytes are written, and the first syncs may take longer.
     */
    default SegmentFile createRarelySyncedSegment(Path file, long sizeBytes) throws IOException {
        return createSegment(file, sizeBytes);
    }

    /**
     * Opens an existing file, with its size and what it holds, for writing at any position without system calls. Meant
     * for files of {@link #createSegment}, whose space is allocated.
     *
     * @throws java.nio.file.NoSuchFileException if it does not exist
     */
    SegmentFile openSegment(Path file) throws IOException;

    /** Moves a file onto another name in one step, replacing what is there. */
    void rename(Path from, Path to) throws IOException;

    /**
     * Gives a file that is not written any more a second name, in one step and without a copy where the disk knows such
     * links. Elsewhere the second name gets a synced copy, which a crash may leave unfinished. The file is gone when
     * all its names are.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the second name is taken
     */
    void link(Path existing, Path link) throws IOException;

    /** Deletes a file, or an empty directory. No error if it is not there. */
    void delete(Path file) throws IOException;

    /** Makes creations, renamings and deletions of entries of this directory survive a loss of power. */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Takes the exclusive lock on a file, creating the file if needed.
     *
     * @throws FileLockedException if this process or another one holds it
     */
    FileLock lock(Path file) throws IOException;

    /** Bytes that may still be written to the disk that holds this directory. */
    long usableBytes(Path directory) throws IOException;

    /** A file that only grows. One thread at a time. */
    interface AppendFile extends AutoCloseable {
        void append(byte[] bytes, int offset, int length) throws IOException;

        /** Bytes appended so far. */
        long positionBytes();

        /** Returns when all appended bytes are on stable storage. An error here is final: never sync again. */
        void sync() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** A file open for reading at any position. Any number of threads at once. */
    interface ReadFile extends AutoCloseable {
        /**
         * Fills the given part of the array from the file's bytes at the position.
         *
         * @throws java.io.EOFException if the file ends before
         */
        void readFully(long position, byte[] target, int offset, int length) throws IOException;

        long sizeBytes();

        @Override
        void close() throws IOException;
    }

    /** A preallocated file. Threads may write disjoint ranges at once; one thread at a time syncs. */
    interface SegmentFile extends AutoCloseable {
        /** Copies bytes to the position. They survive a crash of the process from here on. */
        void write(long position, byte[] bytes, int offset, int length) throws IOException;

        /** Returns when all bytes written before the call are on stable storage. An error is final. */
        void sync() throws IOException;

        long sizeBytes();

        @Override
        void close() throws IOException;
    }

    /** An exclusive lock, released by closing it. */
    interface FileLock extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /** The lock is held elsewhere. */
    final class FileLockedException extends IOException {
        private static final long serialVersionUID = 1L;

        public FileLockedException(String message) {
            super(message);
        }
    }
}
