package io.kvmesh.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ArrayPoolTest {
    private final ArrayPool pool = new ArrayPool(8, 1);

    @Test
    void givesAnArrayOutAgain() {
        byte[] first = pool.take();
        assertThat(first).hasSize(8);
        pool.giveBack(first);
        assertThat(pool.take()).isSameAs(first);
        assertThat(pool.take()).isNotSameAs(first);
    }

    @Test
    void keepsNoMoreThanItsBound() {
        byte[] first = pool.take();
        byte[] second = pool.take();
        pool.giveBack(first);
        pool.giveBack(second);
        assertThat(pool.take()).isSameAs(first);
        assertThat(pool.take()).isNotSameAs(second);
    }

    @Test
    void whatWasLentIsNotGivenOutAgain() {
        byte[] lent = pool.take();
        byte[] own = pool.take();
        pool.retire(List.of(lent), () -> true);
        pool.retire(List.of(own), () -> false);
        assertThat(pool.take()).isSameAs(own);
    }

    @Test
    void whatAReaderMaySeeIsNotGivenOut() {
        byte[] seen = pool.take();
        int inside = pool.readers().enter();
        pool.retire(List.of(seen), () -> false);
        assertThat(pool.take()).isNotSameAs(seen);
        pool.readers().leave(inside);
        assertThat(pool.take()).isSameAs(seen);
    }

    @Test
    void anArrayOfAnotherSizeIsRefused() {
        assertThatThrownBy(() -> pool.giveBack(new byte[7])).hasMessageContaining("not from");
    }
}
