package io.kvmesh.testkit.campaign;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvConfig;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.SimulationFailure;
import io.kvmesh.testkit.history.Checker;
import io.kvmesh.testkit.history.EndState;
import io.kvmesh.testkit.history.Evidence;
import io.kvmesh.testkit.history.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One seed: a cluster of its configuration, its load, its faults, and the judgement. Confined to one thread.
 *
 * <ol>
 *   <li>All members start and meet. Callers begin.
 *   <li>Faults begin and end as the plan says; then all are over, and every member is brought up.
 *   <li>The members must meet again. If only the network failed, {@linkplain MissedWrites hints} must have made all
 *       replicas equal.
 *   <li>All keys are read at ALL, which repairs them, and must succeed.
 *   <li>After a quiet while nothing may be in use. The members stop, and what their disks hold is compared.
 * </ol>
 */
final class SeedRun {
    /** How long before the end of the faults nobody writes any more, but hints are replayed. */
    private static final Duration HINTS_ONLY_TIME = Duration.ofSeconds(10);

    private static final Duration QUIET_TIME = Duration.ofSeconds(5);
    /** A repair that waited for a member tries again within a minute. */
    private static final Duration REPAIR_LIMIT = Duration.ofMinutes(5);

    /** More than a run has by far: one that goes on for ever is ended. */
    private static final long EVENTS_MAX = 20_000_000L;

    private final long seed;
    private final Scenario scenario;
    private final RunSettings settings;
    private final FaultPlan plan;
    private final SimCluster cluster;
    private final RandomSource random;
    private final ErrorLog errorLog;
    private final List<Violation> missedWrites = new ArrayList<>();
    private final Set<Integer> newcomers = new TreeSet<>();
    private @Nullable Callers callers;
    private @Nullable Nemesis nemesis;

    private SeedRun(Scenario scenario, long seed, @Nullable Set<Integer> kept, ErrorLog errorLog) {
        this.seed = seed;
        this.scenario = scenario;
        this.errorLog = errorLog;
        RandomSource drawn = RandomSource.seeded(seed);
        settings = RunSettings.draw(drawn.split(), scenario);
        FaultPlan whole = FaultPlan.draw(scenario, settings, drawn.split());
        plan = kept == null ? whole : whole.keep(kept);
        random = drawn.split();
        cluster = SimCluster.of(settings.members())
                .configure(settings::applyTo)
                .configureEach(this::configure)
                .seed(seed);
        cluster.loop().limitEvents(EVENTS_MAX);
    }

    private KvConfig.Builder configure(int index, KvConfig.Builder builder) {
        builder.dataCenter(settings.dataCenterOf(index, seed));
        return newcomers.contains(index) ? Nemesis.welcome(builder, settings.members()) : builder;
    }

    /**
     * Runs a seed to its end.
     *
     * @param kept the numbers of the faults that happen; null for all
     */
    static SeedResult run(Scenario scenario, long seed, @Nullable Set<Integer> kept, ErrorLog errorLog) {
        return new SeedRun(scenario, seed, kept, errorLog).run();
    }

    /** Runs a seed until a time, for the sake of the timeline up to there. */
    static SeedResult runUntil(
            Scenario scenario, long seed, @Nullable Set<Integer> kept, ErrorLog errorLog, long untilNanos) {
        SeedRun run = new SeedRun(scenario, seed, kept, errorLog);
        run.cluster.loop().endAt(untilNanos);
        return run.run();
    }

    private SeedResult run() {
        errorLog.takeErrors();
        List<Violation> violations = new ArrayList<>();
        try {
            Evidence evidence = play();
            violations.addAll(missedWrites);
            for (Checker checker : Checker.all()) {
                violations.addAll(checker.check(evidence));
            }
        } catch (SimulationFailure | MemberCrashedError | RuntimeException failure) {
            String text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
            String first = text.lines().findFirst().orElse(text);
            violations.add(new Violation(
                    failure.getClass().getSimpleName(), first, cluster.loop().nowNanos(), stack(failure)));
            errorLog.takeErrors();
        }
        return new SeedResult(
                seed,
                scenario,
                settings,
                plan,
                violations,
                cluster.loop().executedEvents(),
                cluster.loop().nowNanos(),
                nemesis == null ? 0 : nemesis.applied(),
                callers == null ? 0 : callers.history().operations().size(),
                cluster.traceHash(),
                cluster.loop().timeline());
    }

    private Evidence play() {
        cluster.start();
        List<String> keys =
                IntStream.range(0, settings.keys()).mapToObj(Callers::key).toList();
        Map<String, List<Integer>> replicasAtFirst = EndStates.replicasOf(cluster, keys);
        Callers load = new Callers(cluster, settings, random.split());
        Nemesis faults = new Nemesis(cluster, settings, plan, newcomers, random.split());
        Repairs repairs = new Repairs(cluster, settings, random.split());
        callers = load;
        nemesis = faults;
        MissedWrites hints = new MissedWrites(cluster, plan, settings);
        if (hints.isPossible()) {
            // Or else what a lost hint would have brought is written once more before anybody looks.
            cluster.loop().after(settings.faultTime().minus(HINTS_ONLY_TIME), load::stop);
        }
        load.start();
        repairs.start();
        faults.rage();
        load.stop();
        repairs.stop();
        faults.makePeace();
        cluster.awaitAllAlive();
        cluster.settle();
        load.giveUpOnTheDead();
        faults.losses().ringSettled(cluster.loop().nowNanos());
        if (faults.hurtTables()) {
            awaitRepair(faults, load, keys);
        }
        missedWrites.addAll(hints.find(load.history(), EndStates.replicasOf(cluster, keys)));
        if (settings.upkeep().repairs()) {
            missedWrites.addAll(repairs.finish(keys));
        }
        long finalSinceNanos = cluster.loop().nowNanos();
        boolean whole = !faults.losses().isBeyondPower();
        readAll(load, keys, whole ? ConsistencyLevel.ALL : ConsistencyLevel.QUORUM);
        cluster.runFor(settings.operationTimeout().plus(QUIET_TIME));
        EndState end = end(faults, keys, whole);
        return new Evidence(
                load.history(),
                faults.losses(),
                settings.replicas(),
                replicasAtFirst,
                faults.clockSpreadNanos(),
                finalSinceNanos,
                end);
    }

    /** Reads find damage, which the other replicas then repair: those that still have all. */
    private void awaitRepair(Nemesis faults, Callers load, List<String> keys) {
        readAll(load, keys, ConsistencyLevel.ALL);
        if (!faults.losses().isBeyondPower()) {
            cluster.runUntil("damaged tables are repaired", this::hasNoDamage, REPAIR_LIMIT);
        }
    }

    private boolean hasNoDamage() {
        return cluster.running().stream()
                .allMatch(member -> member.store().admin().storage().disk().damagedSstableCount() == 0);
    }

    private void readAll(Callers load, List<String> keys, ConsistencyLevel level) {
        for (String key : keys) {
            List<SimMember> running = cluster.running();
            load.readAndWait(running.get(random.nextInt(running.size())), key, level);
        }
    }

    private EndState end(Nemesis faults, List<String> keys, boolean whole) {
        long atNanos = cluster.loop().nowNanos();
        Map<Integer, String> rings = EndStates.rings(cluster, keys);
        Map<String, List<Integer>> replicas = EndStates.replicasOf(cluster, keys);
        List<String> leaks = EndStates.leaks(cluster);
        boolean explained = faults.hurtTables() || !whole;
        List<String> damages = explained ? List.of() : EndStates.damages(cluster);
        cluster.stop();
        Map<String, Map<Integer, String>> cells = whole ? EndStates.cells(cluster, replicas, settings) : Map.of();
        List<String> errors = errorLog.takeErrors();
        boolean excused = faults.hurtDisks();
        return new EndState(
                atNanos,
                rings,
                cells,
                excused ? List.of() : errors,
                cluster.loop().failures(),
                leaks,
                damages);
    }

    private static List<String> stack(Throwable failure) {
        return Arrays.stream(failure.getStackTrace())
                .limit(12)
                .map(StackTraceElement::toString)
                .toList();
    }
}
