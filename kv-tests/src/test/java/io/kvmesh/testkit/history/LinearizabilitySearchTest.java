package io.kvmesh.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.testkit.history.EntryCall.Observation;
import io.kvmesh.testkit.history.Linearization.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearizabilitySearchTest {
    private static final long STATES_MAX = 1_000_000;
    private static final int SEEDS = 6_000;
    private static final int CALLS_OF_EVERY_ORDER = 7;

    private final List<TimedCall<EntryCall>> calls = new ArrayList<>();

    @Test
    void noCallsAreLinearizable() {
        assertVerdict(Verdict.LINEARIZABLE);
    }

    @Test
    void aReadSeesWhatWasSetBefore() {
        set("a", 1, 2);
        get("a", 3, 4);
        assertVerdict(Verdict.LINEARIZABLE);

        get(null, 5, 6);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void callsAtTheSameTimeTakeEffectInAnyOrder() {
        set("a", 1, 10);
        set("b", 1, 10);
        get("b", 2, 3);
        get("a", 4, 5);
        assertVerdict(Verdict.LINEARIZABLE);

        // Seen, overwritten and seen again: a regular register may do that.
        get("b", 6, 7);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void aReadAtTheSameTimeSeesTheNewValueBeforeOthersOrAfterThem() {
        set("a", 1, 10);
        get(null, 2, 3);
        get("a", 4, 5);
        assertVerdict(Verdict.LINEARIZABLE);

        get(null, 6, 7);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void aCallThatBeginsWhenAnotherReturnsIsAtTheSameTime() {
        set("a", 1, 2);
        get(null, 2, 3);

        assertVerdict(Verdict.LINEARIZABLE);
    }

    @Test
    void anUnknownOutcomeTakesEffectAtAnyTimeAfterItsCallOrNever() {
        unknown(EntryCall.set("a", Observation.NONE), 3);
        get(null, 4, 5);
        assertVerdict(Verdict.LINEARIZABLE);

        get("a", 60, 70);
        assertVerdict(Verdict.LINEARIZABLE);

        get("a", 1, 2);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void anUnknownOutcomeTakesEffectOnlyOnce() {
        unknown(EntryCall.set("a", Observation.NONE), 1);
        set("b", 2, 3);
        get("a", 4, 5);
        set("c", 6, 7);
        assertVerdict(Verdict.LINEARIZABLE);

        get("a", 8, 9);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void ofTwoThatFindNothingOnlyOneSets() {
        returned(EntryCall.setIfAbsent("a", Observation.previous(null)), 1, 5);
        returned(EntryCall.setIfAbsent("b", Observation.previous("a")), 1, 5);
        assertVerdict(Verdict.LINEARIZABLE);

        returned(EntryCall.setIfAbsent("c", Observation.previous(null)), 1, 5);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void aLostUpdateIsFound() {
        set("0", 0, 1);
        returned(EntryCall.compareAndSet("0", "1", Observation.applied(true)), 2, 9);
        returned(EntryCall.compareAndSet("0", "2", Observation.applied(false)), 2, 9);
        assertVerdict(Verdict.LINEARIZABLE);

        returned(EntryCall.compareAndSet("0", "3", Observation.applied(true)), 2, 9);
        assertVerdict(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void conditionalCallsRemoveAndReplace() {
        returned(EntryCall.setIfPresent("a", Observation.previous(null)), 1, 2);
        returned(EntryCall.compareAndSet(null, "b", Observation.applied(true)), 3, 4);
        returned(EntryCall.setIfPresent("c", Observation.previous("b")), 5, 6);
        returned(EntryCall.compareAndSet("x", null, Observation.applied(false)), 7, 8);
        returned(EntryCall.compareAndSet("c", null, Observation.applied(true)), 9, 10);
        returned(EntryCall.set("d", Observation.previous(null)), 11, 12);
        returned(EntryCall.set(null, Observation.previous("d")), 13, 14);
        get(null, 15, 16);

        assertVerdict(Verdict.LINEARIZABLE);
    }

    @Test
    void aModelMayAllowSeveralStates() {
        // A coin that is thrown by -1, and told by what it shows.
        SequentialModel<Integer, Integer> coin = new SequentialModel<>() {
            @Override
            public Integer initial() {
                return 0;
            }

            @Override
            public List<Integer> step(Integer state, Integer call) {
                return call < 0 ? List.of(1, 2) : call.equals(state) ? List.of(state) : List.of();
            }
        };
        List<TimedCall<Integer>> thrown =
                List.of(TimedCall.returned(-1, 1, 2, "throw"), TimedCall.returned(2, 3, 4, "told 2"));
        List<TimedCall<Integer>> changed = new ArrayList<>(thrown);
        changed.add(TimedCall.returned(1, 5, 6, "told 1"));

        assertThat(LinearizabilitySearch.run(coin, thrown, STATES_MAX).verdict())
                .isEqualTo(Verdict.LINEARIZABLE);
        assertThat(LinearizabilitySearch.run(coin, changed, STATES_MAX).verdict())
                .isEqualTo(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void theEvidenceIsTheLongestOrderAndWhatCannotFollow() {
        for (long i = 0; i < 20; i++) {
            set("v" + i, 10 * i, 10 * i + 1);
        }
        get("v18", 300, 310);
        set("later", 305, 320);
        get("later", 400, 410);

        Linearization<EntryCall> found = search(STATES_MAX);

        assertThat(found.verdict()).isEqualTo(Verdict.NOT_LINEARIZABLE);
        assertThat(found.placed()).hasSize(21);
        assertThat(found.lines())
                .hasSize(10)
                .startsWith("(13 calls before)")
                .endsWith("SET later [305, 320]", "cannot follow: GET v18 [300, 310]");
    }

    @Test
    void theOrderThatIsFoundIsLegal() {
        calls.addAll(new RandomCalls(1, 20, true).make(200, 5));

        Linearization<EntryCall> found = search(STATES_MAX);

        EntryModel model = new EntryModel();
        var state = model.initial();
        long latestCall = 0;
        for (TimedCall<EntryCall> call : found.placed()) {
            assertThat(model.step(state, call.call())).isNotEmpty();
            state = model.step(state, call.call()).get(0);
            assertThat(call.latestNanos()).isGreaterThanOrEqualTo(latestCall);
            latestCall = Math.max(latestCall, call.callNanos());
        }
        assertThat(found.placed())
                .doesNotHaveDuplicates()
                .containsAll(calls.stream().filter(TimedCall::certain).toList());
    }

    @Test
    void aSearchOverItsLimitIsUndecided() {
        for (int i = 0; i < 12; i++) {
            set("v" + i, 1, 100);
        }
        get("never set", 200, 201);

        Linearization<EntryCall> refused = search(1_000);
        assertThat(refused.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(refused.states()).isEqualTo(1_000);
        assertThat(refused.lines()).isNotEmpty();
        assertThat(search(STATES_MAX).verdict()).isEqualTo(Verdict.NOT_LINEARIZABLE);
    }

    @Test
    void impossibleTimesAreRefused() {
        assertThatThrownBy(() -> TimedCall.returned("call", 5, 4, "line"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5")
                .hasMessageContaining("4");
        assertThatThrownBy(() -> new TimedCall<>("call", 5, 6, false, "line"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("6");
    }

    @ParameterizedTest
    @CsvSource({"0, false", "10, false", "0, true", "20, true"})
    void whatAnAtomicEntryDidIsLinearizable(int unknownPercent, boolean conditional) {
        for (int seed = 0; seed < 300; seed++) {
            RandomCalls random = new RandomCalls(seed, unknownPercent, conditional);

            Linearization<EntryCall> found =
                    LinearizabilitySearch.run(new EntryModel(), random.make(100, 1 + seed % 8), STATES_MAX);

            assertThat(found.verdict()).as("seed %d", seed).isEqualTo(Verdict.LINEARIZABLE);
        }
    }

    @Test
    void aStaleReadAmongManyCallsIsFound() {
        for (int seed = 0; seed < 300; seed++) {
            calls.clear();
            calls.addAll(new RandomCalls(seed, 0, false).make(100, 1 + seed % 8));
            if (makeStale(seed)) {
                assertVerdict(Verdict.NOT_LINEARIZABLE);
            }
        }
    }

    @Test
    void everyOrderOfAFewCallsComesToTheSameVerdict() {
        int[] verdicts = new int[2];
        for (int seed = 0; seed < SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<TimedCall<EntryCall>> few = new RandomCalls(seed, random.nextInt(50), random.nextBoolean())
                    .make(1 + random.nextInt(CALLS_OF_EVERY_ORDER), 1 + random.nextInt(4));
            assertThat(EveryOrder.isLinearizable(new EntryModel(), few)).isTrue();
            falsify(few, random);

            boolean linearizable = EveryOrder.isLinearizable(new EntryModel(), few);

            assertThat(LinearizabilitySearch.run(new EntryModel(), few, STATES_MAX)
                            .verdict())
                    .as("seed %d: %s", seed, few)
                    .isEqualTo(linearizable ? Verdict.LINEARIZABLE : Verdict.NOT_LINEARIZABLE);
            verdicts[linearizable ? 1 : 0]++;
        }
        // Some results that are changed are as legal as those they replace; neither kind may be rare.
        assertThat(verdicts[0]).isGreaterThan(SEEDS / 6);
        assertThat(verdicts[1]).isGreaterThan(SEEDS / 6);
    }

    /** Gives some call the result of another one or the opposite one. */
    private static void falsify(List<TimedCall<EntryCall>> few, SplittableRandom random) {
        int at = random.nextInt(few.size());
        TimedCall<EntryCall> changed = few.get(at);
        EntryCall other = few.get(random.nextInt(few.size())).call();
        Observation observation = switch (changed.call().action()) {
            case SET -> Observation.NONE;
            case COMPARE_AND_SET -> Observation.applied(random.nextBoolean());
            default -> Observation.previous(other.value());
        };
        few.set(
                at,
                new TimedCall<>(
                        RandomCalls.observing(changed.call(), observation),
                        changed.callNanos(),
                        changed.latestNanos(),
                        changed.certain(),
                        changed.line()));
    }

    /** Lets a late read see an early value that another set overwrote in between for sure. */
    private boolean makeStale(int seed) {
        List<TimedCall<EntryCall>> sets =
                calls.stream().filter(call -> call.call().value() != null).toList();
        SplittableRandom random = new SplittableRandom(seed);
        for (int attempt = 0; attempt < 100; attempt++) {
            TimedCall<EntryCall> early = sets.get(random.nextInt(sets.size()));
            TimedCall<EntryCall> between = sets.get(random.nextInt(sets.size()));
            int at = random.nextInt(calls.size());
            TimedCall<EntryCall> read = calls.get(at);
            if (read.call().action() == EntryCall.Action.GET
                    && early.latestNanos() < between.callNanos()
                    && between.latestNanos() < read.callNanos()) {
                EntryCall stale =
                        EntryCall.get(Observation.previous(early.call().value()));
                calls.set(at, TimedCall.returned(stale, read.callNanos(), read.latestNanos(), "stale"));
                return true;
            }
        }
        return false;
    }

    private void set(String value, long from, long to) {
        calls.add(TimedCall.returned(
                EntryCall.set(value, Observation.NONE), from, to, "SET " + value + " [" + from + ", " + to + "]"));
    }

    private void get(@Nullable String seen, long from, long to) {
        calls.add(TimedCall.returned(
                EntryCall.get(Observation.previous(seen)), from, to, "GET " + seen + " [" + from + ", " + to + "]"));
    }

    private void returned(EntryCall call, long from, long to) {
        calls.add(TimedCall.returned(call, from, to, call.toString()));
    }

    private void unknown(EntryCall call, long from) {
        calls.add(TimedCall.ofUnknownOutcome(call, from, call.toString()));
    }

    private Linearization<EntryCall> search(long statesMax) {
        return LinearizabilitySearch.run(new EntryModel(), calls, statesMax);
    }

    private void assertVerdict(Verdict verdict) {
        assertThat(search(STATES_MAX).verdict()).isEqualTo(verdict);
    }
}
