package io.kvmesh.storage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * Reads and writes the stored bytes of a backup's file in the present version of the format. To write them anew after
 * an intended change: {@code -Dkvmesh.golden.write=true}, and keep the old ones as well once they were released.
 */
class BackupFormatTest {
    private static final Path GOLDEN = Path.of("src/test/resources/io/kvmesh/storage/backup/backup-1.backup");
    private static final Path FILE = Path.of("the.backup");
    private static final BackupContents CONTENTS = new BackupContents(
            new BackupId(1_798_761_599_999L, new NodeId(0x0123_4567_89AB_CDEFL)),
            new byte[] {2, 0, 0, 0, 0, 0, 0, 0, 7},
            new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0},
            List.of(
                    new BackupTable(3, 4_096, 0x1234_5678, new Hash128(-1, 2)),
                    new BackupTable(11, 1L << 40, -1, new Hash128(3, -4))),
            1,
            4_096);

    @Test
    void theStoredFileIsRead() throws IOException {
        assertThat(BackupFormat.decode(FILE, Files.readAllBytes(GOLDEN))).isEqualTo(CONTENTS);
    }

    @Test
    void theSameFileIsWritten() throws IOException {
        byte[] written = BackupFormat.encode(CONTENTS);
        if (Boolean.getBoolean("kvmesh.golden.write")) {
            Files.write(GOLDEN, written);
        }
        assertThat(written).isEqualTo(Files.readAllBytes(GOLDEN));
    }

    @Test
    void aFileThatIsCutOffIsDamaged() {
        byte[] whole = BackupFormat.encode(CONTENTS);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> BackupFormat.decode(FILE, cut))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining("the.backup");
        }
    }

    /** Bytes that somebody made up, with a checksum that is right. */
    @Test
    void hostileBytesAreDamage() {
        RandomSource random = RandomSource.seeded(1);
        byte[] whole = BackupFormat.encode(CONTENTS);
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            byte[] hostile = whole.clone();
            for (int change = 0; change <= random.nextInt(4); change++) {
                hostile[12 + random.nextInt(whole.length - 16)] = (byte) random.nextInt(256);
            }
            CRC32C crc = new CRC32C();
            crc.update(hostile, 0, hostile.length - 4);
            byte[] checked = new ByteWriter(hostile.length)
                    .putBytes(hostile, 0, hostile.length - 4)
                    .putInt((int) crc.getValue())
                    .toBytes();
            try {
                assertThat(BackupFormat.decode(FILE, checked)).isNotNull();
            } catch (CorruptDataException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aBackupOfTooManyTablesIsRefused() {
        BackupTable table = CONTENTS.tables().get(0);
        BackupContents large = new BackupContents(
                CONTENTS.id(),
                CONTENTS.state(),
                CONTENTS.members(),
                Collections.nCopies(BackupFormat.BYTES_MAX / 36, table),
                0,
                0);
        assertThatThrownBy(() -> BackupFormat.encode(large))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("of which 67108864 are allowed");
    }

    @Test
    void namesOfBackupsTellTimeAndMember() {
        BackupId id = CONTENTS.id();
        assertThat(id).hasToString("20261231T235959999Z-0123456789abcdef");
        assertThat(BackupId.parse(id.toString())).isEqualTo(id);
        assertThat(id.next()).hasToString("20270101T000000000Z-0123456789abcdef");
        BackupId last = new BackupId(0, new NodeId(-1));
        assertThat(last).hasToString("19700101T000000000Z-ffffffffffffffff");
        assertThat(BackupId.parse(last.toString())).isEqualTo(last);
        assertThat(BackupId.find("20261331T235959999Z-0123456789abcdef")).isNull();
        assertThat(BackupId.find("20261231T235959999Z-0123456789ABCDEF")).isNull();
    }
}
