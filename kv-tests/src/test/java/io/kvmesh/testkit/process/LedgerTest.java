package io.kvmesh.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Confined to one thread. */
class LedgerTest {
    private static final int WRITERS = 32;

    /** A key for each writer, so that all its operations meet it. */
    private final WriteScript script = new WriteScript(WRITERS, WRITERS, 64);

    /** One whose first operations delete nothing. */
    private final int writer = IntStream.range(0, WRITERS)
            .filter(number -> IntStream.range(1, 6)
                    .noneMatch(sequence -> script.operation(number, sequence).delete()))
            .findFirst()
            .orElseThrow();

    private final Ledger ledger = new Ledger(script);

    @Test
    void theLastAcknowledgedIsWhatMayBeRead() {
        acknowledge(1);
        acknowledge(2);
        read(2);
        assertThat(ledger.faults()).isEmpty();
        read(1);
        assertThat(ledger.lost()).isEqualTo(1);
        assertThat(ledger.wrong()).isZero();
    }

    @Test
    void aValueThatNobodyWroteIsWrong() {
        acknowledge(1);
        read(99);
        assertThat(ledger.wrong()).isEqualTo(1);
        assertThat(ledger.lost()).isZero();
    }

    @Test
    void whatWasUnderWayAtEitherOfTwoKillsMayAppearAndThenStays() {
        acknowledge(1);
        ledger.resumeWriters(List.of(writer));
        ledger.resumeWriters(List.of(writer));
        read(1);
        read(2);
        read(3);
        assertThat(ledger.faults()).isEmpty();
        read(2);
        assertThat(ledger.lost()).isEqualTo(1);
        assertThat(ledger.doubts()).isEqualTo(2);
    }

    @Test
    void anAcknowledgementEndsTheDoubt() {
        ledger.resumeWriters(List.of(writer));
        acknowledge(2);
        read(1);
        assertThat(ledger.lost()).isEqualTo(1);
    }

    @Test
    void aWriterThatWasPausedGoesOnWithoutADoubt() {
        acknowledge(1);
        assertThat(ledger.nextSequences(List.of(writer))).isEqualTo("2");
        assertThat(ledger.doubts()).isZero();
    }

    @Test
    void theWordsOfAWriterThatFailedAreAFault() {
        ledger.onLine("f writer 0: StoreException");
        assertThat(ledger.faults()).containsExactly("writer 0: StoreException");
        assertThat(ledger.wrong()).isEqualTo(1);
    }

    @Test
    void anErrorThatIsNotDocumentedIsAFaultOfItsOwnKind() {
        ledger.onLine("u writer-0: java.lang.NullPointerException");
        assertThat(ledger.faults()).containsExactly("writer-0: java.lang.NullPointerException");
        assertThat(ledger.undocumented()).isEqualTo(1);
        assertThat(ledger.wrong()).isZero();
    }

    private void acknowledge(long sequence) {
        ledger.onLine("a " + writer + " " + sequence);
    }

    private void read(long sequence) {
        ledger.onLine("k " + writer + " " + sequence);
    }
}
