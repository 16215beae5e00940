package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Key;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions that a member gives up, with real files; keys are spread over 16 partitions. */
class DroppedPartitionsTest {
    private static final int KEYS = 200;
    private static final int FIRST = 4;
    private static final int LAST = 7;

    @TempDir
    Path temporary;

    private StorageFixture fixture = new StorageFixture(Path.of("unset"));

    @BeforeEach
    void prepare() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private static boolean isDropped(String key) {
        int partition = key(key).partition();
        return partition >= FIRST && partition <= LAST;
    }

    private void fill(StorageEngine engine, int round) {
        for (int i = 0; i < KEYS; i++) {
            write(engine, "city" + i, cell("v" + round, 10 + round));
        }
    }

    private static void expect(StorageEngine engine, int round, boolean droppedAreThere) {
        for (int i = 0; i < KEYS; i++) {
            String key = "city" + i;
            assertThat(text(engine, key)).as(key).isEqualTo(!droppedAreThere && isDropped(key) ? null : "v" + round);
        }
    }

    @Test
    void nothingIsLeftOfTheRangeInTablesOrMemoryAndTheRestStays() {
        StorageEngine engine = fixture.open();
        fill(engine, 1);
        engine.flush();
        fill(engine, 2);
        engine.dropPartitions(FIRST, LAST);
        expect(engine, 2, false);
        engine.close();
        StorageEngine reopened = fixture.open();
        expect(reopened, 2, false);
        assertThat(reopened.scan(CITIES.id(), Key.of(FIRST, new byte[0]), Key.of(LAST + 1, new byte[0]))
                        .next())
                .isFalse();
        reopened.close();
    }

    @Test
    void whatIsWrittenAfterwardsIsKeptEvenIfItIsOlder() {
        StorageEngine engine = fixture.open();
        fill(engine, 5);
        engine.dropPartitions(FIRST, LAST);
        engine.dropPartitions(0, 15);
        assertThat(engine.info().disk().sstableCount()).isZero();
        fill(engine, 1);
        expect(engine, 1, true);
        engine.close();
    }

    @Test
    void aTableOfNothingElseIsRemovedWithoutBeingRead() {
        StorageEngine engine = fixture.open();
        for (int i = 0; i < KEYS; i++) {
            if (isDropped("city" + i)) {
                write(engine, "city" + i, cell("v", 10));
            }
        }
        engine.flush();
        long writtenBytes = engine.info().compactions().writtenBytes();
        engine.dropPartitions(FIRST, LAST);
        assertThat(engine.info().disk().sstableCount()).isZero();
        assertThat(engine.info().compactions().writtenBytes()).isEqualTo(writtenBytes);
        engine.close();
    }

    @Test
    void aMergeUnderWayIsGivenUpAndDoneAgain() {
        StorageEngine engine = fixture.open();
        for (int round = 1; round <= 4; round++) {
            fill(engine, round);
            engine.flush();
        }
        // Chooses the four tables, whose merge is then offered, and not run.
        fixture.scheduler.runOffered();
        engine.dropPartitions(FIRST, LAST);
        expect(engine, 4, false);
        fixture.scheduler.runAll();
        expect(engine, 4, false);
        assertThat(engine.isCompacted()).isTrue();
        engine.close();
    }

    @Test
    void aDropThatFailsAtAnyCallOfTheDiskLosesNothingElseAndCanBeRepeated() throws IOException {
        for (int call = 0, failed = 1; failed > 0; call++) {
            StorageFixture broken = new StorageFixture(temporary.resolve("broken" + call));
            StorageEngine engine = broken.open();
            fill(engine, 1);
            engine.flush();
            fill(engine, 2);
            broken.files.failAfter(call);
            failed = 0;
            try {
                engine.dropPartitions(FIRST, LAST);
            } catch (KvException e) {
                failed = 1;
            }
            broken.files.heal();
            StorageFixture crashed = broken.crashed(temporary.resolve("crashed" + call));
            StorageEngine reopened = crashed.open();
            for (int i = 0; i < KEYS; i++) {
                String key = "city" + i;
                if (!isDropped(key)) {
                    assertThat(text(reopened, key)).as(key).isEqualTo("v2");
                }
            }
            reopened.dropPartitions(FIRST, LAST);
            expect(reopened, 2, false);
            reopened.close();
            engine.close();
            assertThat(call).as("calls of the disk").isLessThan(200);
        }
    }

    @Test
    void aRangeThatIsNoneIsRefused() {
        StorageEngine engine = fixture.open();
        for (int[] range : new int[][] {{-1, 3}, {5, 4}, {0, 16}}) {
            assertThatThrownBy(() -> engine.dropPartitions(range[0], range[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("partitions " + range[0] + " to " + range[1]);
        }
        engine.close();
    }

    @Test
    void partitionsThatAreNoneOfTheStoreAreRefusedAndNothingIsDropped() {
        StorageEngine engine = fixture.open();
        fill(engine, 1);
        BitSet beyond = new BitSet();
        beyond.set(FIRST, LAST + 1);
        beyond.set(16);
        for (BitSet refused : List.of(beyond, new BitSet())) {
            assertThatThrownBy(() -> engine.dropPartitions(refused))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("partitions " + refused + " are not some of the 16 partitions");
        }
        expect(engine, 1, true);
        engine.close();
    }
}
