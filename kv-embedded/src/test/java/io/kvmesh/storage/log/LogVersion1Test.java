package io.kvmesh.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads a stored log of version 1, which was closed in order and whose last segment has leftovers behind its end. */
class LogVersion1Test {
    private static final Path STORED = Path.of("src/test/resources/io/kvmesh/storage/log/recycled-1");
    private static final MapId MAP = new MapId(77);
    private static final NodeId NODE = new NodeId(7);
    private static final int OLDEST = 2;
    private static final int LAST = 3;

    @TempDir
    Path temporary;

    private final DiskFileSystem files = new DiskFileSystem();
    private Path directory = Path.of("unset");

    @BeforeEach
    void copyLog() throws IOException {
        directory = Files.createDirectory(temporary.resolve("log"));
        for (int id = OLDEST; id <= LAST; id++) {
            Files.copy(LogFormat.file(STORED, id), LogFormat.file(directory, id));
        }
    }

    private List<Integer> recover() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        LogRecovery recovery = new LogRecovery(files, directory, NODE, new LogRecovery.LogSink() {
            @Override
            public void accept(MapId map, Key key, Cell cell, long endPosition) {
                int number = (key.userKey()[0] & 0xFF) << 8 | (key.userKey()[1] & 0xFF);
                byte[] value = new byte[100];
                Arrays.fill(value, (byte) number);
                assertThat(map).isEqualTo(MAP);
                assertThat(cell).isEqualTo(Cell.of(value, new Version(1_000 + number, NODE)));
                numbers.add(number);
            }

            @Override
            public void progress(long bytesDone, long bytesTotal) {
                assertThat(bytesDone).isLessThanOrEqualTo(bytesTotal);
            }
        });
        recovery.replay(OLDEST, true);
        return numbers;
    }

    @Test
    void itsRecordsComeInOrder() throws IOException {
        List<Integer> numbers = recover();
        assertThat(numbers).hasSizeGreaterThan(10);
        for (int i = 0; i < numbers.size(); i++) {
            assertThat(numbers.get(i)).isEqualTo(numbers.get(0) + i);
        }
    }

    @Test
    void damageOfItIsRefusedOrChangesNothing() throws IOException {
        List<Integer> whole = recover();
        byte[] stored = Files.readAllBytes(LogFormat.file(STORED, LAST));
        int refused = 0;
        for (int at = 0; at < stored.length; at++) {
            byte[] damaged = stored.clone();
            damaged[at] ^= 0x20;
            Path file = LogFormat.file(directory, LAST);
            Files.delete(file);
            Files.write(file, damaged);
            try {
                assertThat(recover()).as("byte %d flipped", at).isEqualTo(whole);
            } catch (CorruptDataException e) {
                refused++;
            }
        }
        // Three records with their frames, and the header of the segment.
        assertThat(refused).isGreaterThan(300);
    }
}
