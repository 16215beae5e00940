package io.kvmesh.testkit.bench;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvMap;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.LoggerFactory;

/**
 * The fresh JVM of {@link OpenBench}: opens a store, puts a record, and tells how long that took and what it left
 * behind.
 * Confined to its main thread.
 */
final class OpenProbe {
    private static final String SOCKET = "socket:[";

    private OpenProbe() {}

    public static void main(String[] arguments) throws IOException {
        // An application has its logging up before it opens a store, and which one it uses is not the library's choice.
        LoggerFactory.getILoggerFactory();
        long startNanos = System.nanoTime();
        long putNanos;
        List<String> sockets;
        long doneMillis;
        try (KvStore store = KvStore.open(Path.of(arguments[0]))) {
            KvMap<String, String> map = store.map("places", String.class, String.class);
            map.put("France", "Paris");
            putNanos = System.nanoTime();
            doneMillis = System.currentTimeMillis();
            if (!"Paris".equals(map.get("France"))) {
                throw new IllegalStateException("the record that was put is not there");
            }
            sockets = openSockets();
        }
        long jvmStartMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
        new ChildLink()
                .answer(
                        "opened",
                        "main_us=" + (putNanos - startNanos) / 1_000 + " jvm_ms=" + (doneMillis - jvmStartMillis)
                                + " sockets=" + String.join("+", sockets) + " threads="
                                + String.join("+", threadsThatKeepTheJvmAlive()));
    }

    /**
     * The inodes of this process's network sockets, with their kind. Others do not count: JDK 17 itself makes a pair of
     * local sockets with the first file channel.
     */
    private static List<String> openSockets() throws IOException {
        TreeSet<String> own = new TreeSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                String target = targetOf(descriptor);
                if (target.startsWith(SOCKET)) {
                    own.add(target.substring(SOCKET.length(), target.length() - 1));
                }
            }
        }
        List<String> found = new ArrayList<>();
        for (String inode : own) {
            String kind = networkKindOf(inode);
            if (!kind.isEmpty()) {
                found.add(kind + ":" + inode);
            }
        }
        return found;
    }

    private static String targetOf(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            // The descriptor that lists the directory is gone by the time it is looked at.
            return "";
        }
    }

    private static String networkKindOf(String inode) throws IOException {
        for (String kind : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path table = Path.of("/proc/self/net", kind);
            if (Files.exists(table) && Files.readString(table).contains(" " + inode + " ")) {
                return kind;
            }
        }
        return "";
    }

    private static List<String> threadsThatKeepTheJvmAlive() {
        List<String> names = new ArrayList<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!thread.isDaemon() && thread != Thread.currentThread()) {
                names.add(thread.getName().replace(' ', '_'));
            }
        }
        return names.stream().sorted().toList();
    }
}
