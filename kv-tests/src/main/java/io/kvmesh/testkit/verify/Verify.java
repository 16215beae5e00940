package io.kvmesh.testkit.verify;

import io.kvmesh.api.KvException;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.StoreVerifier;
import io.kvmesh.storage.backup.RepositoryVerifier;
import io.kvmesh.storage.check.Findings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checks the directory of a closed store, a snapshot, or a repository of backups, and says what is damaged.
 * Stateless.
 */
public final class Verify {
    static final int EXIT_DAMAGED = 1;
    static final int EXIT_USAGE = 2;

    private static final String USAGE = """
            usage: verify DIR
              DIR  the directory of a store that is closed, of a snapshot, or of a repository of backups
            Checks every checksum and all that the format demands, and writes nothing. It prints a line for each
            finding: DAMAGED for what is wrong, NOTE for what harms nothing, as the torn end of a log; then
              RESULT files=... tables=... records=... damaged=...
            It exits with 0 if nothing is damaged, 1 if something is, and 2 if there is nothing that it can check.
            """;

    private Verify() {}

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Does what the arguments ask for. Returns the exit status: 0 if all is well. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(USAGE);
            return 0;
        }
        if (arguments.size() != 1 || arguments.get(0).startsWith("-")) {
            err.println("verify: expected one directory, got " + arguments);
            err.print(USAGE);
            return EXIT_USAGE;
        }
        Path directory = Path.of(arguments.get(0));
        if (!Files.isDirectory(directory)) {
            err.println("verify: there is no directory " + directory);
            return EXIT_USAGE;
        }
        try {
            return verify(new DiskFileSystem(), directory, out, err);
        } catch (KvException | IOException e) {
            err.println("verify: " + e.getMessage());
            return EXIT_USAGE;
        }
    }

    private static int verify(FileSystem files, Path directory, PrintStream out, PrintStream err) throws IOException {
        Findings findings = new Findings(new FindingsPrinter(directory, out, err));
        if (StoreVerifier.isStore(files, directory)) {
            new StoreVerifier(files, directory, findings).verify();
        } else if (RepositoryVerifier.isRepository(files, directory)) {
            new RepositoryVerifier(files, directory, findings).verify();
        } else {
            err.println("verify: " + directory + " is neither the directory of a store nor a repository of backups");
            return EXIT_USAGE;
        }
        out.println("RESULT files=" + findings.files() + " tables=" + findings.tables() + " records="
                + findings.records() + " damaged=" + findings.damagedFiles());
        return findings.damagedFiles() == 0 ? 0 : EXIT_DAMAGED;
    }
}
