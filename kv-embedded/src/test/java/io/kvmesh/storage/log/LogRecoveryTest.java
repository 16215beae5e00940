package io.kvmesh.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.storage.ManualScheduler;
import io.kvmesh.storage.record.RecordCodec;
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
    private Path directory = Path.of("unset");

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
                log.append(new LogFrame().encode(MAP, key(i), cell(i)));
            }
        } finally {
            appendLock.unlock();
        }
    }

    /** Where the frame of each record starts, given that all are in the first segment, and the end of the last. */
    private static List<Integer> frameOffsets(int records) {
        List<Integer> offsets = new ArrayList<>();
        int offset = LogFormat.SEGMENT_HEADER_BYTES;
        for (int i = 0; i < records; i++) {
            offsets.add(offset);
            offset += LogFormat.frameBytes(RecordCodec.sizeBytes(key(i), cell(i)));
        }
        offsets.add(offset);
        return offsets;
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
        while (intact < offsets.size() - 1 && recordEnd(offsets, intact) <= damagedByte) {
            intact++;
        }
        return intact;
    }

    /** The end of a frame without its padding, whose bytes do not count. */
    private static int recordEnd(List<Integer> offsets, int record) {
        return offsets.get(record) + LogFormat.FRAME_HEADER_BYTES + RecordCodec.sizeBytes(key(record), cell(record));
    }

    private static boolean isPadding(List<Integer> offsets, int at) {
        for (int i = 0; i + 1 < offsets.size(); i++) {
            if (at >= recordEnd(offsets, i) && at < offsets.get(i + 1)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void anyFlippedByteOfAnUnsyncedLogEndsItThere() throws IOException {
        append(start(1), 0, 8);
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> offsets = frameOffsets(8);
        for (int at = LogFormat.SEGMENT_HEADER_BYTES; at < offsets.get(8); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x40;
            replace(segment(1), damaged);
            int expected = isPadding(offsets, at) ? 8 : intactBefore(offsets, at);
            assertThat(recover(1)).as("byte %d flipped", at).isEqualTo(range(0, expected));
        }
    }

    @Test
    void anUnsyncedLogCutAnywhereEndsThere() throws IOException {
        append(start(1), 0, 8);
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> offsets = frameOffsets(8);
        for (int length = 0; length <= offsets.get(8); length++) {
            replace(segment(1), Arrays.copyOf(whole, length));
            assertThat(recover(1)).as("cut to %d bytes", length).isEqualTo(range(0, intactBefore(offsets, length)));
            replace(segment(1), Arrays.copyOf(Arrays.copyOf(whole, length), whole.length));
            assertThat(recover(1))
                    .as("zeros from %d", length)
                    .isEqualTo(range(0, intactBefore(offsets, lastNonZeroBefore(whole, length))));
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
        List<Integer> offsets = frameOffsets(8);
        for (int at = 0; at < offsets.get(8); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x01;
            replace(segment(1), damaged);
            if (isPadding(offsets, at)) {
                assertThat(recover(1)).isEqualTo(range(0, 8));
            } else if (at < offsets.get(4)) {
                int bad = at < LogFormat.SEGMENT_HEADER_BYTES ? 0 : offsets.get(intactBefore(offsets, at));
                assertThatThrownBy(() -> recover(1))
                        .as("byte %d flipped", at)
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContaining(segment(1).toString())
                        .hasMessageContaining("offset " + bad + ",");
            } else {
                assertThat(recover(1)).as("byte %d flipped", at).isEqualTo(range(0, intactBefore(offsets, at)));
            }
        }
    }

    @Test
    void allOfALogThatWasFinishedIsPromised() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 8);
        log.finish();
        byte[] whole = Files.readAllBytes(segment(1));
        List<Integer> offsets = frameOffsets(8);
        for (int at = 0; at < offsets.get(8); at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            replace(segment(1), damaged);
            if (!isPadding(offsets, at)) {
                assertThatThrownBy(() -> recover(1)).isInstanceOf(CorruptDataException.class);
            }
        }
    }

    @Test
    void recordsOfSeveralSegmentsComeInOrder() throws IOException {
        append(start(1), 0, 200);
        assertThat(segment(5)).exists();
        assertThat(recover(1)).isEqualTo(range(0, 200));
    }

    @Test
    void damageInAnEarlierSegmentIsJudgedByPromisesInLaterOnes() throws IOException {
        CommitLog log = start(1);
        append(log, 0, 60);
        assertThat(segment(2)).exists();
        byte[] whole = Files.readAllBytes(segment(1));
        byte[] damaged = whole.clone();
        damaged[frameOffsets(3).get(2) + 30] ^= 1;
        replace(segment(1), damaged);
        assertThat(recover(1)).isEqualTo(range(0, 2));

        replace(segment(1), whole);
        log.sync();
        append(log, 60, 61);
        replace(segment(1), damaged);
        assertThatThrownBy(() -> recover(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(segment(1).toString());
    }

    @Test
    void theTornEndOfAnEarlierOpeningStaysAccepted() throws IOException {
        append(start(1), 0, 8);
        byte[] damaged = Files.readAllBytes(segment(1));
        damaged[frameOffsets(8).get(5) + 40] ^= 1;
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
        append(start(1), 0, 200);
        Files.delete(segment(3));
        assertThatThrownBy(() -> recover(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(segment(3).toString());
    }

    @Test
    void segmentsBeforeTheFloorAreDeleted() throws IOException {
        append(start(1), 0, 200);
        List<Integer> rest = recover(3);
        assertThat(rest).isEqualTo(range(rest.get(0), 200));
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
        int end = LogFormat.SEGMENT_HEADER_BYTES
                + LogFormat.frameBytes(RecordCodec.sizeBytes(key(100), cell(100)))
                + LogFormat.frameBytes(RecordCodec.sizeBytes(key(101), cell(101)));
        System.arraycopy(stale, end, fresh, end, fresh.length - end);
        replace(segment(2), fresh);
        List<Integer> expected = range(0, 8);
        expected.addAll(range(100, 102));
        assertThat(recover(1)).isEqualTo(expected);
    }

    @Test
    void theLogOfAnotherMemberIsRefused() throws IOException {
        CommitLog other = new CommitLog(
                files, new ManualScheduler(), directory, new NodeId(8), SEGMENT_BYTES, appendLock, new TreeMap<>(), 1);
        append(other, 0, 1);
        assertThatThrownBy(() -> recover(1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(new NodeId(8).toString());
    }
}
