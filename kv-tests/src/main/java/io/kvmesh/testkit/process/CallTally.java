package io.kvmesh.testkit.process;

import io.kvmesh.testkit.bench.Words;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many calls of the map there were, and what became of them. Immutable.
 *
 * @param calls those that ended, well or not
 * @param unknown those that failed without telling whether they had an effect
 * @param failures how many failed, by the simple name of the exception
 */
record CallTally(long calls, long unknown, Map<String, Long> failures) {
    static final CallTally NONE = new CallTally(0, 0, Map.of());

    CallTally {
        failures = Map.copyOf(failures);
    }

    /** Reads what {@link #toWords} wrote. */
    static CallTally parse(Map<String, String> words) {
        Map<String, Long> failures = new TreeMap<>();
        String listed = Words.text(words, "failures");
        for (String failure : listed.substring(1, listed.length() - 1).split(",", -1)) {
            int equals = failure.indexOf('=');
            if (equals > 0) {
                failures.put(failure.substring(0, equals), Long.parseLong(failure.substring(equals + 1)));
            }
        }
        return new CallTally(Words.number(words, "calls"), Words.number(words, "unknown"), failures);
    }

    long failed() {
        return failures.values().stream().mapToLong(count -> count).sum();
    }

    CallTally plus(CallTally other) {
        return combine(other, 1);
    }

    /** What came since an earlier tally of the same calls. */
    CallTally since(CallTally earlier) {
        return combine(earlier, -1);
    }

    private CallTally combine(CallTally other, int sign) {
        Map<String, Long> sums = new TreeMap<>(failures);
        other.failures.forEach((name, count) -> sums.merge(name, sign * count, Long::sum));
        sums.values().removeIf(count -> count == 0);
        return new CallTally(calls + sign * other.calls, unknown + sign * other.unknown, sums);
    }

    /** The share of calls that succeeded; 1 if there were none. */
    double availability() {
        return calls == 0 ? 1 : (double) (calls - failed()) / calls;
    }

    String toWords() {
        return "calls=" + calls + " failed=" + failed() + " unknown=" + unknown + " failures=" + failuresText();
    }

    /** The failures in one word. */
    String failuresText() {
        return new TreeMap<>(failures)
                .entrySet().stream()
                        .map(failure -> failure.getKey() + "=" + failure.getValue())
                        .collect(Collectors.joining(",", "{", "}"));
    }
}
