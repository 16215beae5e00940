package io.kvmesh.testkit.campaign;

import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The faults of one run, in the order of their beginning. Immutable. */
record FaultPlan(List<Fault> faults) {
    static final int FAULTS_MAX = 64;

    private static final double KIND_CHANCE = 0.3;
    private static final double FEWER_CHANCE = 0.5;
    private static final long SPAN_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long SPAN_MAX_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final double LN_2 = 0.6931471805599453;

    FaultPlan {
        faults = List.copyOf(faults);
    }

    static FaultPlan draw(Scenario scenario, RunSettings settings, RandomSource random) {
        List<FaultKind> kinds = new ArrayList<>();
        for (FaultKind kind : scenario.kinds()) {
            boolean drawn = random.chance(KIND_CHANCE);
            boolean wanted = drawn || scenario.always().contains(kind);
            if (wanted && isPossible(kind, settings)) {
                kinds.add(kind);
            }
        }
        if (!scenario.always().isEmpty() && random.chance(FEWER_CHANCE)) {
            // So that what else is in the way is not always there.
            kinds.removeIf(kind -> kind.group() == FaultKind.Group.PROCESS);
        }
        if (kinds.isEmpty()) {
            scenario.kinds().stream()
                    .filter(kind -> isPossible(kind, settings))
                    .skip(random.nextInt(Math.max(1, scenario.kinds().size())))
                    .findFirst()
                    .ifPresent(kinds::add);
        }
        if (kinds.isEmpty()) {
            return new FaultPlan(List.of());
        }
        int count = 1 + random.nextInt(Math.min(FAULTS_MAX, 3 + 4 * kinds.size()));
        long[] times = IntStream.range(0, count)
                .mapToLong(i -> random.nextLong(settings.faultTime().toNanos()))
                .sorted()
                .toArray();
        List<Fault> faults = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            FaultKind kind = kinds.get(random.nextInt(kinds.size()));
            faults.add(draw(number, kind, times[number], settings, random));
        }
        return new FaultPlan(faults);
    }

    /** The same plan with only some of its faults. */
    FaultPlan keep(Set<Integer> numbers) {
        return new FaultPlan(faults.stream()
                .filter(fault -> numbers.contains(fault.number()))
                .toList());
    }

    private static Fault draw(int number, FaultKind kind, long atNanos, RunSettings settings, RandomSource random) {
        // Short and long ones alike: the logarithm is even.
        double octaves = StrictMath.log((double) SPAN_MAX_NANOS / SPAN_MIN_NANOS) / LN_2;
        long spanNanos = (long) (SPAN_MIN_NANOS * StrictMath.pow(2, random.nextDouble() * octaves));
        int member = random.nextInt(settings.members());
        int other = settings.members() == 1
                ? member
                : (member + 1 + random.nextInt(settings.members() - 1)) % settings.members();
        return new Fault(number, kind, atNanos, atNanos + spanNanos, member, other, amount(kind, random));
    }

    private static double amount(FaultKind kind, RandomSource random) {
        double drawn = random.nextDouble();
        double sign = random.chance(0.5) ? 1 : -1;
        return switch (kind) {
            case LOSS, DUPLICATION -> 0.3 * drawn;
            case REORDERING -> 0.5 * drawn;
            case DELAY -> 1 + 300 * drawn * drawn;
            case READ_ERRORS, FLIPS_ON_READ -> 0.5 * drawn;
            case WRITE_ERRORS, SYNC_ERRORS -> drawn * drawn;
            case SLOW_DISK -> 0.1 + 200 * drawn * drawn;
            case FLIPS_AT_REST, FLIPS_IN_TABLES -> 1 + StrictMath.floor(5 * drawn);
            case CRASH_IN_CALL, POWER_LOSS_IN_CALL -> 1 + StrictMath.floor(30 * drawn * drawn);
            case CLOCK_OFFSET -> sign * 900 * drawn;
            case CLOCK_DRIFT -> sign * 20_000 * drawn;
            case CLOCK_JUMP -> sign * (1_000 + 3_600_000 * drawn * drawn * drawn);
            default -> 0;
        };
    }

    private static boolean isPossible(FaultKind kind, RunSettings settings) {
        return switch (kind) {
            case EMPTY_DISK, FLIPS_AT_REST, LEAVE -> settings.mayGrow();
            case HALVES, ISOLATION, ONE_WAY, FLAPPING -> settings.members() > 1;
            case FLIPS_IN_TABLES -> settings.replicas() > 1;
            case BRIDGE -> settings.members() > 2;
            // A member that is alone may keep what it stamps at ONE with a clock that nobody checks: decision 0004.
            case CLOCK_JUMP -> !settings.oneReplicaIsEnough();
            default -> true;
        };
    }
}
