package io.kvmesh.examples.places;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of one member: opens the store, then does what the driver says. One thread reads commands, one obeys.
 *
 * <p>Commands come in on standard input and answers go out on standard output, a {@link Line} each; everything else,
 * the log above all, goes to standard error. A member whose standard input ends has lost its driver and stops.
 */
public final class PlacesMember {
    /** What a member says when it has left and closed its store. */
    static final String BYE = "BYE";

    private static final Logger LOG = LoggerFactory.getLogger(PlacesMember.class);
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_ORPHANED = 3;

    private final MemberSettings settings;
    private final Consumer<Line> answers;
    private final BlockingQueue<Line> commands = new LinkedBlockingQueue<>();

    private PlacesMember(MemberSettings settings, Consumer<Line> answers) {
        this.settings = settings;
        this.answers = answers;
    }

    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        System.setOut(System.err);
        PlacesMember member = new PlacesMember(MemberSettings.parse(String.join(" ", args)), line -> {
            synchronized (out) {
                out.println(line);
                out.flush();
            }
        });
        Thread worker = new Thread(member::work, "places-member");
        worker.setDaemon(true);
        worker.start();
        member.readCommands();
    }

    private void readCommands() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            commands.add(Line.parse(line));
        }
        // Halting is as safe as a crash: what was acknowledged is kept. Nobody is left to wait for a tidy end.
        Runtime.getRuntime().halt(EXIT_ORPHANED);
    }

    private void work() {
        try {
            runMember();
            System.exit(0);
        } catch (InterruptedException | RuntimeException | Error e) {
            LOG.error("The member stops.", e);
            answers.accept(Line.of("FAILED").with("reason", reasonOf(e)));
            System.exit(EXIT_FAILED);
        }
    }

    /** The library's messages are meant to be read as they are. */
    private static String reasonOf(Throwable e) {
        String message = e.getMessage();
        return e instanceof KvException && message != null ? message : e.toString();
    }

    private void runMember() throws InterruptedException {
        try (KvStore store = open()) {
            KvMap<Long, Place> places =
                    store.map("places", Long.class, Place.class).with(ConsistencyLevel.QUORUM);
            answers.accept(Line.of("READY")
                    .with("id", store.admin().nodeId())
                    .with("address", "127.0.0.1:" + settings.port()));
            new MemberWatch(store.admin(), answers).start();
            MemberCommands obey = new MemberCommands(settings, store.admin(), places, answers);
            obey.serveFirstRead();
            Line command = commands.take();
            while (!command.verb().equals("QUIT")) {
                obey.obey(command);
                command = commands.take();
            }
        }
        answers.accept(Line.of(BYE));
    }

    private KvStore open() {
        return KvStore.builder()
                .directory(settings.directory())
                .cluster("places")
                .bind("127.0.0.1", settings.port())
                .seeds(settings.seeds().toArray(new String[0]))
                .expectMembers(settings.members())
                .register(Place.class)
                .open();
    }
}
