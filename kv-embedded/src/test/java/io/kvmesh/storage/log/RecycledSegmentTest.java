package io.kvmesh.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.storage.ManualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of dropped segments become new ones, and nothing that they held comes back. */
class RecycledSegmentTest {
    private static final MapId MAP = new MapId(77);
    private static final NodeId NODE = new NodeId(7);
    private static final int SEGMENT_BYTES = 2048;
    /** Written by this test with -Dkvmesh.golden.write=true. */
    private static final Path GOLDEN = Path.of("src/test/resources/io/kvmesh/storage/log/recycled-2");

    @TempDir
    Path temporary;

    private final DiskFileSystem files = new DiskFileSystem();
    private final ReentrantLock appendLock = new ReentrantLock();
    private Path directory = Path.of("unset");
    private int written;

    @BeforeEach
    void createDirectory() throws IOException {
        directory = Files.createDirectory(temporary.resolve("log"));
    }

    private CommitLog start() throws IOException {
        return new CommitLog(
                files,
                new ManualScheduler(),
                directory,
                NODE,
                SEGMENT_BYTES,
                Durability.PERIODIC,
                appendLock,
                new TreeMap<>(),
                1);
    }

    /** Every record takes the same room, so that old frames stand exactly where new ones may. */
    private static Cell cell(int number) {
        byte[] value = new byte[100];
        Arrays.fill(value, (byte) number);
        return Cell.of(value, new Version(1_000 + number, NODE));
    }

    private static Key key(int number) {
        return Key.of(3, new byte[] {(byte) (number >>> 8), (byte) number});
    }

    private void appendOne(CommitLog log) throws IOException {
        appendLock.lock();
        try {
            log.append(new LogFrame(NODE).encode(MAP, key(written), cell(written)));
            written++;
        } finally {
            appendLock.unlock();
        }
    }

    /** Appends until the log ends in this segment. */
    private void appendUpTo(CommitLog log, int segmentId) throws IOException {
        while (LogPosition.segmentId(log.endPosition()) < segmentId) {
            appendOne(log);
        }
    }

    private List<Integer> recover(int oldestNeeded) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        LogRecovery recovery = new LogRecovery(files, directory, NODE, new LogRecovery.LogSink() {
            @Override
            public void accept(MapId map, Key key, Cell cell, long endPosition) {
                int number = (key.userKey()[0] & 0xFF) << 8 | (key.userKey()[1] & 0xFF);
                assertThat(cell).isEqualTo(cell(number));
                numbers.add(number);
            }

            @Override
            public void progress(long bytesDone, long bytesTotal) {
                assertThat(bytesDone).isLessThanOrEqualTo(bytesTotal);
            }
        });
        recovery.replay(oldestNeeded, true);
        return numbers;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private Path segment(int id) {
        return LogFormat.file(directory, id);
    }

    @Test
    void aLogThatRestsGivesSparesBack() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 2);
        log.dropBefore(2);
        log.trim();
        assertThat(log.spareBytes()).as("a segment was begun just now").isEqualTo(SEGMENT_BYTES);
        appendOne(log);
        log.trim();
        assertThat(log.spareBytes()).isZero();
        assertThat(names()).containsExactly("0000000002.seg");
        log.release();
    }

    @Test
    void aDroppedSegmentBecomesTheNextOne() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 2);
        byte[] old = Files.readAllBytes(segment(1));
        log.dropBefore(2);
        assertThat(log.spareBytes()).isEqualTo(SEGMENT_BYTES);
        assertThat(log.sizeBytes()).isEqualTo(SEGMENT_BYTES);
        int firstOfSecond = written - 1;
        appendUpTo(log, 3);
        assertThat(names()).containsExactly("0000000002.seg", "0000000003.seg");
        assertThat(log.spareBytes()).isZero();
        byte[] recycled = Files.readAllBytes(segment(3));
        assertThat(Arrays.copyOfRange(recycled, 1024, 1800))
                .as("what the file held before")
                .isEqualTo(Arrays.copyOfRange(old, 1024, 1800));
        assertThat(recover(2))
                .containsExactlyElementsOf(
                        IntStream.range(firstOfSecond, written).boxed().toList());
        log.release();
    }

    /** A crash of the machine leaves new bytes up to anywhere, and behind them what the file held before. */
    @Test
    void aTornEndAtEveryByteOfARecycledSegmentLosesOnlyWhatIsTorn() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 2);
        byte[] old = Files.readAllBytes(segment(1));
        log.dropBefore(2);
        int firstOfSecond = written - 1;
        appendUpTo(log, 3);
        int firstOfThird = written - 1;
        appendOne(log);
        appendOne(log);
        int end = LogPosition.offset(log.endPosition());
        log.release();
        byte[] whole = Files.readAllBytes(segment(3));
        int before = Integer.MIN_VALUE;
        for (int torn = 0; torn <= end; torn++) {
            byte[] mixed = old.clone();
            System.arraycopy(whole, 0, mixed, 0, torn);
            Files.write(segment(3), mixed);
            List<Integer> recovered = recover(2);
            assertThat(recovered)
                    .as("torn at %d", torn)
                    .containsExactlyElementsOf(IntStream.range(firstOfSecond, firstOfSecond + recovered.size())
                            .boxed()
                            .toList());
            assertThat(firstOfSecond + recovered.size()).isBetween(Math.max(before, firstOfThird), written);
            before = firstOfSecond + recovered.size();
        }
        assertThat(before).isEqualTo(written);
    }

    /** The rename may be durable when nothing of the new segment is, not even its header. */
    @Test
    void aRecycledFileWithItsOldHeaderIsATornEnd() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 2);
        byte[] old = Files.readAllBytes(segment(1));
        log.sync();
        log.dropBefore(2);
        int firstOfSecond = written - 1;
        appendUpTo(log, 3);
        int firstOfThird = written - 1;
        log.release();
        Files.write(segment(3), old);
        assertThat(recover(2))
                .containsExactlyElementsOf(
                        IntStream.range(firstOfSecond, firstOfThird).boxed().toList());
    }

    @Test
    void fewSparesAreKeptAndNoneAfterAClose() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 6);
        log.dropBefore(6);
        assertThat(names()).hasSize(1 + SpareSegments.SPARES_MAX);
        assertThat(log.spareBytes()).isEqualTo((long) SpareSegments.SPARES_MAX * SEGMENT_BYTES);
        log.finish();
        log.release();
        assertThat(names()).containsExactly("0000000006.seg");
    }

    @Test
    void anOpeningDeletesTheSparesThatACrashLeft() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 3);
        log.dropBefore(3);
        assertThat(names()).hasSize(3);
        assertThat(recover(3)).containsExactly(written - 1);
        assertThat(names()).containsExactly("0000000003.seg");
        log.release();
    }

    @Test
    void onlySegmentsOfTheConfiguredSizeAreKept() {
        SpareSegments spares = new SpareSegments(SEGMENT_BYTES);
        assertThat(spares.offer(segment(1), SEGMENT_BYTES - 1)).isFalse();
        assertThat(spares.offer(segment(1), SEGMENT_BYTES + 1)).isFalse();
        assertThat(spares.offer(segment(1), SEGMENT_BYTES)).isTrue();
        assertThat(spares.take(SEGMENT_BYTES + 1)).isNull();
        assertThat(spares.take(SEGMENT_BYTES)).isEqualTo(segment(1));
        assertThat(spares.take(1)).isNull();
    }

    /** Leaves a log whose last segment was the first one before. */
    private void writeGolden() throws IOException {
        CommitLog log = start();
        appendUpTo(log, 2);
        log.dropBefore(2);
        appendUpTo(log, 3);
        appendOne(log);
        log.finish();
        log.release();
        if (Boolean.getBoolean("kvmesh.golden.write")) {
            for (String name : names()) {
                Files.copy(directory.resolve(name), GOLDEN.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void theStoredLogIsWritten() throws IOException {
        writeGolden();
        assertThat(names()).containsExactly("0000000002.seg", "0000000003.seg");
        for (String name : names()) {
            assertThat(directory.resolve(name)).as(name).hasSameBinaryContentAs(GOLDEN.resolve(name));
        }
    }

    @Test
    void theStoredLogIsRead() throws IOException {
        writeGolden();
        List<Integer> expected = recover(2);
        for (String name : names()) {
            Files.copy(GOLDEN.resolve(name), directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        byte[] last = Files.readAllBytes(segment(3));
        assertThat(Arrays.copyOfRange(last, 1024, 1124))
                .as("left behind the end")
                .isNotEqualTo(new byte[100]);
        assertThat(recover(2)).isEqualTo(expected).endsWith(written - 1);
    }
}
