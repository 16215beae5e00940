package io.kvmesh.testkit.scenario;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Bits of the SSTables of one member change while it is down. Stateless. */
final class DamagedDisk {
    private static final int VICTIM = 1;
    private static final List<Integer> ALL = List.of(0, 1, 2);
    private static final long DAMAGE_FROM = 100;
    private static final long DAMAGE_EVERY = 100_000;
    /** The end of a table tells where its parts are; a table without it could not even be opened. */
    private static final long SPARED_END = 50_000;

    private DamagedDisk() {}

    static void play(ScenarioMesh mesh, Narrator narrator, int records) {
        narrator.step("Three members start, store %,d records, and write them to SSTables.", records);
        mesh.startFirst(3);
        mesh.share(List.of(0), records, Checks.VALUE_BYTES);
        mesh.ask(0, "fill");
        mesh.askAll(ALL, "flush");
        narrator.step("Member %d is killed, and bits of its files change.", VICTIM);
        mesh.kill(VICTIM);
        int changed = damage(mesh.directoryOf(VICTIM));
        narrator.expect(changed > 0, "%d bytes of its SSTables are not what they were", changed);
        narrator.step("It is started again, and read through.");
        mesh.launch(VICTIM, 3);
        mesh.awaitReady(VICTIM);
        Checks.awaitMember(mesh, List.of(0, 2), VICTIM);
        boolean whole = Checks.isWhole(mesh.ask(VICTIM, "check count=" + records + " level=QUORUM"));
        narrator.expect(whole, "every record is read at QUORUM, and none is wrong: what is damaged is never served");
        narrator.note("health of member %d: %s", VICTIM, mesh.text(VICTIM, "health"));
        narrator.step("It repairs its tables from the others by itself.");
        mesh.await(
                "no table is damaged",
                Checks.LIMIT,
                () -> mesh.text(VICTIM, "damaged").equals("0"));
        narrator.note("health of member %d: %s", VICTIM, mesh.text(VICTIM, "health"));
        Checks.expectEqual(mesh, narrator, ALL, records, "ONE");
    }

    private static int damage(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            int changed = 0;
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".sst")).toList()) {
                changed += damageFile(file);
            }
            return changed;
        } catch (IOException e) {
            throw new UncheckedIOException("the files below " + directory + " cannot be damaged", e);
        }
    }

    private static int damageFile(Path path) throws IOException {
        int changed = 0;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (long at = DAMAGE_FROM; at < file.length() - SPARED_END; at += DAMAGE_EVERY) {
                file.seek(at);
                int before = file.read();
                file.seek(at);
                file.write(before ^ 4);
                changed++;
            }
        }
        return changed;
    }
}
