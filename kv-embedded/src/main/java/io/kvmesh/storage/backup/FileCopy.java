package io.kvmesh.storage.backup;

import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.ReadFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Copies and checks whole files. Stateless. */
public final class FileCopy {
    private static final int CHUNK_BYTES = 1024 * 1024;

    private FileCopy() {}

    /**
     * Copies a file and syncs the copy; what was under its name before is gone.
     *
     * @param goOn called before each part; ends the copying by throwing
     * @return the CRC32C of all bytes
     */
    public static int copy(FileSystem files, Path from, Path to, Runnable goOn) throws IOException {
        files.delete(to);
        try (AppendFile target = files.create(to)) {
            int crc = read(files, from, goOn, target::append);
            target.sync();
            return crc;
        }
    }

    /** The CRC32C of a file. */
    public static int crc(FileSystem files, Path file) throws IOException {
        return read(files, file, () -> {}, (bytes, offset, length) -> {});
    }

    /** Takes the parts of a file, one behind the other. */
    private interface Part {
        void take(byte[] bytes, int offset, int length) throws IOException;
    }

    private static int read(FileSystem files, Path file, Runnable goOn, Part sink) throws IOException {
        CRC32C crc = new CRC32C();
        try (ReadFile source = files.open(file)) {
            byte[] bytes = new byte[(int) Math.min(CHUNK_BYTES, source.sizeBytes())];
            for (long position = 0; position < source.sizeBytes(); position += bytes.length) {
                goOn.run();
                int length = (int) Math.min(bytes.length, source.sizeBytes() - position);
                source.readFully(position, bytes, 0, length);
                crc.update(bytes, 0, length);
                sink.take(bytes, 0, length);
            }
        }
        return (int) crc.getValue();
    }
}
