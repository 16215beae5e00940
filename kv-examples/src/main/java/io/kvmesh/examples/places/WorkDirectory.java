package io.kvmesh.examples.places;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the members keep their data and logs. Immutable, safe for any thread. */
final class WorkDirectory {
    private final Path path;
    private final boolean kept;

    private WorkDirectory(Path path, boolean kept) {
        this.path = path;
        this.kept = kept;
    }

    /**
     * Creates a temporary directory, or the one that the user wants to keep.
     *
     * @throws IllegalArgumentException if the user's directory cannot be used
     */
    static WorkDirectory create(Optional<Path> keep) {
        try {
            if (keep.isEmpty()) {
                return new WorkDirectory(Files.createTempDirectory("kvmesh-places-"), false);
            }
            Path path = Files.createDirectories(keep.get());
            try (Stream<Path> files = Files.list(path)) {
                if (files.findAny().isPresent()) {
                    throw new IllegalArgumentException(
                            "--keep must name an empty or new directory, but " + path + " has files in it");
                }
            }
            return new WorkDirectory(path, true);
        } catch (IOException e) {
            throw new IllegalArgumentException("the directory for data and logs cannot be created: " + e, e);
        }
    }

    Path path() {
        return path;
    }

    boolean isKept() {
        return kept;
    }

    /** Deletes everything, unless the user wants to keep it. */
    void delete() {
        if (kept || !Files.exists(path)) {
            return;
        }
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error)
                        throws IOException {
                    if (error != null) {
                        throw error;
                    }
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + path, e);
        }
    }
}
