package io.kvmesh.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.Durability;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.storage.ManualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRecoveryTest {
    private static final MapId MAP = new MapId(77);
    private static final NodeId NODE = new NodeId(7);
    private static final int SEGMENT_BYTES = 2048;

    @TempDir
    Path temporary;

    private final DiskFileSystem files = new DiskFileSystem();
    private final ReentrantLock appendLock = new ReentrantLock();
    private final List<Integer> offsets = new ArrayList<>();
    private Path directory = Path.of("unset");
    private int end;

    @BeforeEach
    void createDirectory() throws IOException {
        directory = Files.createDirectory(temporary.resolve("log"));
    }

    private CommitLog start(int firstSegmentId) throws IOException {
        return new CommitLog(
                files,
                new ManualScheduler(),
                directory,
                NODE,
                SEGMENT_BYTES,
                Durability.PERIODIC,
                appendLock,
                new TreeMap<>(),
                firstSegmentId);
    }

    private static Key key(int number) {
        return Key.of(3, new byte[] {(byte) (number >>> 8), (byte) number});
    }

    private static Cell cell(int number) {
        byte[] value = new byte[5 + number % 7];
        Arrays.fill(value, (byte) number);
        return Cell.of(value, new Version(1_000 + number, NODE));
    }

    private void append(CommitLog log, int from, int to) throws IOException {
        appendLock.lock();
        try {
            for (int i = from; i < to; i++) {
                offsets.add(LogPosition.offset(log.endPosition()));
                log.append(new LogFrame(NODE).encode(MAP, key(i), cell(i)));
            }
            end = LogPosition.offset(log.endPosition());
        } finally {
            appendLock.unlock();
        }
    }

    private void appendBatch(CommitLog log, int from, int to) throws IOException {
        List<Mutation> batch = new ArrayList<>();
        for (int i = from; i < to; i++) {
            batch.add(new Mutation(MAP, key(i), cell(i)));
        }
        appendLock.lock();
        try {
            offsets.add(LogPosition.offset(log.endPosition()));
            log.append(new LogFrame(NODE).encodeAll(batch));
            end = LogPosition.offset(log.endPosition());
        } finally {
            appendLock.unlock();
        }
    }

    /** Where each frame starts that was written by now, given that all are in one segment, and the end of the last. */
    private List<Integer> frameOffsets() {
        List<Integer> all = new ArrayList<>(offsets);
        all.add(end);
        return all;
    }

    private Path segment(int id) {
        return LogFormat.file(directory, id);
    }

    /** The numbers of the records that recovery yields; each must be as it was written. */
    private List<Integer> recover(int oldestNeeded) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        LogRecovery recovery = new LogRecovery(files, directory, NODE, new LogRecovery.LogSink() {
            @Override
            public void accept(MapId map, Key key, Cell cell, long endPosition) {
                int number = (key.userKey()[0] & 0xFF) << 8 | (key.userKey()[1] & 0xFF);
                assertThat(map).isEqualTo(MAP);
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

    /** Under a new file, since overwriting one makes some file systems write to the disk at once. */
    private static void replace(Path file, byte[] bytes) throws IOException {
        Files.delete(file);
        Files.write(file, bytes);
    }

    private static List<Integer> range(int from, int to) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    private static int intactBefore(List<Integer> offsets, int damagedByte) {
        int intact = 0;
        while (intact < offsets.size() - 1 && offsets.get(intact + 1) <= damagedByte) {
            intact++;
        }
        return intact;
    }

    @Test
    void anyFlippedByteOfAnUnsyncedLogEndsItThere() throws IOException {
        append(start(1), 0, 8);
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> frames = frameOffsets();
        for (int at = LogFormat.SEGMENT_HEADER_BYTES; at < frames.get(8); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x40;
            replace(segment(1), damaged);
            assertThat(recover(1)).as("byte %d flipped", at).isEqualTo(range(0, intactBefore(frames, at)));
        }
    }

    @Test
    void anUnsyncedLogCutAnywhereEndsThere() throws IOException {
        append(start(1), 0, 8);
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> frames = frameOffsets();
        for (int length = 0; length <= frames.get(8); length++) {
            replace(segment(1), Arrays.copyOf(whole, length));
            assertThat(recover(1)).as("cut to %d bytes", length).isEqualTo(range(0, intactBefore(frames, length)));
            replace(segment(1), Arrays.copyOf(Arrays.copyOf(whole, length), whole.length));
            assertThat(recover(1))
                    .as("zeros from %d", length)
                    .isEqualTo(range(0, intactBefore(frames, lastNonZeroBefore(whole, length))));
        }
    }

    /** Zeros written over zeros change nothing. */
    private static int lastNonZeroBefore(byte[] whole, int length) {
        int end = length;
        while (end < whole.length && whole[end] == 0) {
            end++;
        }
        return end;
    }

    @Test
    void damageBeforeThePromisedEndIsRefused() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 4);
        log.sync();
        append(log, 4, 8);
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> frames = frameOffsets();
        for (int at = 0; at < frames.get(8); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x01;
            replace(segment(1), damaged);
            if (at < frames.get(4)) {
                int bad = at < LogFormat.SEGMENT_HEADER_BYTES ? 0 : frames.get(intactBefore(frames, at));
                assertThatThrownBy(() -> recover(1))
                        .as("byte %d flipped", at)
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContaining(segment(1).toString())
                        .hasMessageContaining("offset " + bad + ",");
            } else {
                assertThat(recover(1)).as("byte %d flipped", at).isEqualTo(range(0, intactBefore(frames, at)));
            }
        }
    }

    @Test
    void allOfALogThatWasFinishedIsPromised() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 8);
        log.finish();
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> frames = frameOffsets();
        for (int at = 0; at < frames.get(8); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            replace(segment(1), damaged);
            assertThatThrownBy(() -> recover(1)).isInstanceOf(CorruptDataException.class);
        }
    }

    @Test
    void recordsOfSeveralSegmentsComeInOrder() throws IOException {
        append(start(1), 0, 350);
        assertThat(segment(5)).exists();
        assertThat(recover(1)).isEqualTo(range(0, 350));
    }

    @Test
    void damageInAnEarlierSegmentIsJudgedByPromisesInLaterOnes() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 90);
        assertThat(segment(2)).exists();
        byte[] whole = Files.readAllBytes(segment(1));
        byte[] damaged = whole.clone();
        damaged[frameOffsets().get(2) + 20] ^= 1;
        replace(segment(1), damaged);
        assertThat(recover(1)).isEqualTo(range(0, 2));

        replace(segment(1), whole);
        log.sync();
        append(log, 90, 91);
        replace(segment(1), damaged);
        assertThatThrownBy(() -> recover(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(segment(1).toString());
    }

    @Test
    void theTornEndOfAnEarlierOpeningStaysAccepted() throws IOException {
        append(start(1), 0, 8);
        byte[] damaged = Files.readAllBytes(segment(1));
        damaged[frameOffsets().get(5) + 20] ^= 1;
        replace(segment(1), damaged);
        assertThat(recover(1)).isEqualTo(range(0, 5));

        CommitLog next = start(2);
        append(next, 100, 110);
        next.sync();
        append(next, 110, 120);
        List<Integer> expected = range(0, 5);
        expected.addAll(range(100, 120));
        assertThat(recover(1)).isEqualTo(expected);
    }

    @Test
    void aMissingSegmentIsRefused() throws IOException {
        append(start(1), 0, 350);
        Files.delete(segment(3));
        assertThatThrownBy(() -> recover(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(segment(3).toString());
    }

    @Test
    void segmentsBeforeTheFloorAreDeleted() throws IOException {
        append(start(1), 0, 350);
        List<Integer> rest = recover(3);
        assertThat(rest).isEqualTo(range(rest.get(0), 350));
        assertThat(segment(1)).doesNotExist();
        assertThat(segment(2)).doesNotExist();
    }

    @Test
    void bytesOfAnotherSegmentAreNotReplayed() throws IOException {
        append(start(1), 0, 8);
        byte[] stale = Files.readAllBytes(segment(1));
        CommitLog next = start(2);
        append(next, 100, 102);
        byte[] fresh = Files.readAllBytes(segment(2));
        // As in a reused file whose second half still has the frames of its former life.
        System.arraycopy(stale, end, fresh, end, fresh.length - end);
        replace(segment(2), fresh);
        List<Integer> expected = range(0, 8);
        expected.addAll(range(100, 102));
        assertThat(recover(1)).isEqualTo(expected);
    }

    @Test
    void theLogOfAnotherMemberIsRefused() throws IOException {
        CommitLog other = new CommitLog(
                files,
                new ManualScheduler(),
                directory,
                new NodeId(8),
                SEGMENT_BYTES,
                Durability.PERIODIC,
                appendLock,
                new TreeMap<>(),
                1);
        append(other, 0, 1);
        assertThatThrownBy(() -> recover(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(new NodeId(8).toString());
    }

    @Test
    void aBatchIsThereAsAWholeOrNotAtAll() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 1);
        appendBatch(log, 1, 5);
        append(log, 5, 6);
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> frames = frameOffsets();
        List<Integer> recordsBefore = List.of(0, 1, 5, 6);
        for (int length = 0; length <= frames.get(3); length++) {
            replace(segment(1), Arrays.copyOf(whole, length));
            assertThat(recover(1))
                    .as("cut to %d bytes", length)
                    .isEqualTo(range(0, recordsBefore.get(intactBefore(frames, length))));
        }
    }

    @Test
    void recordsOfABatchHaveAscendingPlacesUpToItsEnd() throws IOException {
        CommitLog log = start(1);
        appendBatch(log, 0, 5);
        List<Long> ends = new ArrayList<>();
        new LogRecovery(files, directory, NODE, new LogRecovery.LogSink() {
                    @Override
                    public void accept(MapId map, Key key, Cell cell, long endPosition) {
                        ends.add(endPosition);
                    }

                    @Override
                    public void progress(long bytesDone, long bytesTotal) {
                        assertThat(bytesDone).isLessThanOrEqualTo(bytesTotal);
                    }
                })
                .replay(1, true);
        assertThat(ends).hasSize(5).doesNotHaveDuplicates().isSorted().endsWith(log.endPosition());
    }

    @Test
    void everyKindOfCellComesBackAsItWas() throws IOException {
        NodeId other = new NodeId(-9);
        List<Cell> cells = List.of(
                Cell.of(new byte[0], new Version(Long.MAX_VALUE, NODE)),
                Cell.of(new byte[300], new Version(Long.MIN_VALUE, other)),
                Cell.tombstone(new Version(5, NODE)),
                Cell.tombstone(new Version(4, other)),
                Cell.expiring(new byte[] {1}, new Version(1L << 50, other), 1),
                Cell.expiring(new byte[] {2}, new Version(3, NODE), Long.MAX_VALUE),
                Cell.of(new byte[] {3}, new Version(3, new NodeId(0))));
        List<Mutation> expected = new ArrayList<>();
        for (int i = 0; i < 4 * cells.size(); i++) {
            expected.add(new Mutation(new MapId(i / 10), key(i), cells.get(i % cells.size())));
        }
        CommitLog log = start(1);
        appendLock.lock();
        try {
            for (int i = 0; i < 10; i++) {
                Mutation single = expected.get(i);
                log.append(new LogFrame(NODE).encode(single.map(), single.key(), single.cell()));
            }
            log.append(new LogFrame(NODE).encodeAll(expected.subList(10, 20)));
            log.append(new LogFrame(NODE).encodeAll(expected.subList(20, expected.size())));
        } finally {
            appendLock.unlock();
        }
        List<Mutation> found = new ArrayList<>();
        new LogRecovery(files, directory, NODE, new LogRecovery.LogSink() {
                    @Override
                    public void accept(MapId map, Key key, Cell cell, long endPosition) {
                        found.add(new Mutation(map, key, cell));
                    }

                    @Override
                    public void progress(long bytesDone, long bytesTotal) {
                        assertThat(bytesDone).isLessThanOrEqualTo(bytesTotal);
                    }
                })
                .replay(1, true);
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void aFrameTakesFourteenBytesBesideARecordOfABusyLog() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 2);
        log.sync();
        append(log, 2, 3);
        int recordBytes = 1 + 1 + key(2).length() + 1 + cell(2).value().length;
        assertThat(end - offsets.get(2)).isLessThanOrEqualTo(recordBytes + 14);
    }
}
