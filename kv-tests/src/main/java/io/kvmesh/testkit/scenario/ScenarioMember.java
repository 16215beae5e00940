package io.kvmesh.testkit.scenario;

import io.kvmesh.KvStore;
import io.kvmesh.api.Admin;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.HintsInfo.TargetHints;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.RepairResult;
import io.kvmesh.api.StorageInfo;
import io.kvmesh.model.NodeId;
import io.kvmesh.node.Environment;
import io.kvmesh.node.ProductionEnvironment;
import io.kvmesh.testkit.bench.ChildLink;
import io.kvmesh.testkit.bench.Words;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The process of one member of a scenario: a store whose incoming bytes are counted, and load inside it. Commands come
 * over {@link ChildLink}; confined to its main thread, but for the load that it starts.
 */
final class ScenarioMember {
    /** In the place of identities. */
    static final String NOBODY = "-";

    private static final int FILLERS = 8;
    private static final int VERIFIERS = 8;
    private static final int COPIES_EACH = 3;
    private static final int PLACES_AT_ONCE = 500;

    private final ChildLink link;
    private final KvStore store;
    private final CountingTransport.Counters counters;
    private @Nullable Records records;
    private @Nullable MemberLoad load;
    private long[] mark = new long[0];

    private ScenarioMember(ChildLink link, KvStore store, CountingTransport.Counters counters) {
        this.link = link;
        this.store = store;
        this.counters = counters;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        ChildLink link = new ChildLink();
        Map<String, String> settings = Words.parse(String.join(" ", arguments));
        CountingTransport.Counters counters = new CountingTransport.Counters();
        KvStore opened;
        try {
            opened = open(settings, counters);
        } catch (RuntimeException e) {
            link.answer("failed", e.getClass().getSimpleName() + " " + e.getMessage());
            return;
        }
        try (KvStore store = opened) {
            link.answer("ready", store.admin().nodeId());
            new ScenarioMember(link, store, counters).serve();
        }
    }

    private static KvStore open(Map<String, String> settings, CountingTransport.Counters counters) {
        KvConfig.Builder builder = KvConfig.builder();
        if (settings.containsKey("dataCenter")) {
            builder.dataCenter(Words.text(settings, "dataCenter"))
                    .replication(Map.of("east", COPIES_EACH, "west", COPIES_EACH));
        } else {
            builder.consistency(ConsistencyLevel.QUORUM, ConsistencyLevel.QUORUM);
        }
        KvConfig config = builder.directory(Path.of(Words.text(settings, "directory")))
                .cluster("scenario")
                .bind("127.0.0.1", Words.integer(settings, "port"))
                .seeds(Words.text(settings, "seeds").split(",", -1))
                .expectMembers(Words.integer(settings, "expect"))
                .build();
        Environment made = ProductionEnvironment.create(config);
        return KvStore.open(
                config,
                new Environment(
                        made.clock(),
                        made.scheduler(),
                        made.blocking(),
                        made.files(),
                        made.random(),
                        of -> new CountingTransport(made.transports().create(of), counters),
                        made.nodeStores(),
                        made.hintStores()));
    }

    private void serve() throws IOException, InterruptedException {
        String line = link.nextCommand();
        while (line != null && !line.equals("stop")) {
            Map<String, String> words = Words.parse(line);
            String verb = line.split(" ", 2)[0];
            link.answer(verb, obey(verb, words));
            line = link.nextCommand();
        }
    }

    private String obey(String verb, Map<String, String> words) throws IOException, InterruptedException {
        return switch (verb) {
            case "records" -> useRecords(words);
            case "fill" -> {
                load().fill(FILLERS);
                yield load().window();
            }
            case "places" -> places(Path.of(Words.text(words, "file")));
            case "mark" -> {
                mark = records().snapshot();
                yield "";
            }
            case "changes" -> changes();
            case "begin" -> {
                load().start(
                                Words.integer(words, "threads"),
                                Words.integer(words, "writes"),
                                Words.integer(words, "perSecond"));
                yield "";
            }
            case "end" -> {
                load().stop();
                yield "";
            }
            case "window" -> load().window();
            case "verify" -> {
                load().verify(VERIFIERS);
                yield load().window() + " first="
                        + String.join(";", load().faults()).replace(' ', '_');
            }
            case "received" -> words(counters.byVerb());
            case "flush" -> {
                store.admin().flush();
                yield "";
            }
            case "repair" -> repair();
            case "cut" -> cut(Words.text(words, "from"));
            case "remove" -> {
                store.admin().removeMember(Words.text(words, "id"));
                yield "";
            }
            case "put", "get", "check", "hammer" -> new SingleCalls(values()).obey(verb, words);
            default -> tell(verb, store.admin());
        };
    }

    private static String tell(String verb, Admin admin) {
        return switch (verb) {
            case "members" -> members(admin);
            case "hints" -> hints(admin);
            case "storage" -> storage(admin.storage());
            case "health" ->
                admin.health().status() + " " + String.join("; ", admin.health().problems());
            case "damaged" -> Long.toString(admin.storage().disk().damagedSstableCount());
            case "isSafe" -> Boolean.toString(admin.isSafe());
            default -> throw new IllegalArgumentException("unknown command '" + verb + "'");
        };
    }

    /** The records are shared among members: each writes and reads its own. */
    private String useRecords(Map<String, String> words) {
        records = new Records(
                values(),
                Words.integer(words, "count"),
                Words.integer(words, "first"),
                Words.integer(words, "step"),
                Words.integer(words, "bytes"));
        load = new MemberLoad(records);
        mark = records().snapshot();
        return "";
    }

    private KvMap<Long, byte[]> values() {
        return store.map("values", Long.class, byte[].class);
    }

    /** Cuts this member off from the members with these identities, and from no other; from none if there is a dash. */
    private String cut(String identities) {
        List<NodeId> members = new ArrayList<>();
        if (!identities.equals(NOBODY)) {
            for (String identity : identities.split(",", -1)) {
                members.add(new NodeId(Long.parseUnsignedLong(identity, 16)));
            }
        }
        counters.cutOffFrom(members);
        return "";
    }

    private Records records() {
        if (records == null) {
            throw new IllegalStateException("'records' must come first");
        }
        return records;
    }

    private MemberLoad load() {
        if (load == null) {
            throw new IllegalStateException("'records' must come first");
        }
        return load;
    }

    /** Stores every line of the file of places under its number. */
    private String places(Path file) throws IOException {
        KvMap<Long, String> map = store.map("places", Long.class, String.class);
        long count = 0;
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            Map<Long, String> batch = new LinkedHashMap<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                batch.put(count, line);
                count++;
                if (batch.size() == PLACES_AT_ONCE) {
                    map.putAll(batch);
                    batch.clear();
                }
            }
            map.putAll(batch);
        }
        return "count=" + count;
    }

    private String changes() {
        long[] now = records().snapshot();
        long writes = 0;
        long changed = 0;
        for (int i = 0; i < now.length; i++) {
            writes += now[i] - mark[i];
            changed += now[i] == mark[i] ? 0 : 1;
        }
        int bytes = records().bytesOfOne();
        return "writtenBytes=" + writes * bytes + " changedBytes=" + changed * bytes + " writes=" + writes + " changed="
                + changed;
    }

    private String repair() {
        RepairResult result = store.admin().startRepair().join();
        return "partitions=" + result.partitions() + " complete=" + result.complete() + " fetched="
                + result.cellsFetched() + " pushed=" + result.cellsPushed();
    }

    private static String members(Admin admin) {
        StringJoiner members = new StringJoiner(" ");
        for (MemberInfo member : admin.members()) {
            members.add(member.id() + "=" + member.state() + "/" + member.standing()
                    + String.format(Locale.ROOT, "/%.3f", member.ownership()));
        }
        return members.toString();
    }

    private static String hints(Admin admin) {
        TreeMap<String, Long> kept = new TreeMap<>();
        for (TargetHints target : admin.hints().targets()) {
            kept.put(target.member(), target.count());
        }
        return words(kept);
    }

    private static String storage(StorageInfo info) {
        return info.toString().replace(' ', '_');
    }

    private static String words(Map<String, Long> numbers) {
        StringJoiner words = new StringJoiner(" ");
        numbers.forEach((name, number) -> words.add(name + "=" + number));
        return words.toString();
    }
}
