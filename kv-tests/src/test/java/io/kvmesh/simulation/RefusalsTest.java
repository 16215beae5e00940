package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CodecException;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.testkit.SimCluster;
import java.net.Socket;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a caller may not do: the error names the value and the rule, and nothing is lost or done. */
class RefusalsTest {
    private static final int KEY_BYTES_MAX = 100;
    private static final int VALUE_BYTES_MAX = 1_000;

    /** A type that nobody registered. */
    private record City(String name) {}

    private SimCluster cluster = SimCluster.of(1).seed(0);
    private KvMap<String, String> map = start();

    private KvMap<String, String> start() {
        cluster = SimCluster.of(1)
                .configure(config -> config.keyBytesMax(KEY_BYTES_MAX).valueBytesMax(VALUE_BYTES_MAX))
                .seed(1)
                .start();
        return cluster.member(0).store().map("m", String.class, String.class);
    }

    @BeforeEach
    void write() {
        map.set("k", "v");
    }

    @AfterEach
    void nothingWasLost() {
        assertThat(map.get("k")).isEqualTo("v");
        cluster.stop();
        cluster.checkFailures();
    }

    @Test
    void aKeyOverItsLimit() {
        String key = "k".repeat(KEY_BYTES_MAX + 1);
        assertThatThrownBy(() -> map.set(key, "v"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a key of map 'm'")
                .hasMessageContaining("over the limit keyBytesMax of " + KEY_BYTES_MAX);
        assertThatThrownBy(() -> map.get(key)).isInstanceOf(IllegalArgumentException.class);
        map.set("k".repeat(KEY_BYTES_MAX - 10), "fits");
    }

    @Test
    void aValueOverItsLimit() {
        assertThatThrownBy(() -> map.set("k", "v".repeat(VALUE_BYTES_MAX + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a value of map 'm'")
                .hasMessageContaining("over the limit valueBytesMax of " + VALUE_BYTES_MAX);
        map.set("big", "v".repeat(VALUE_BYTES_MAX - 10));
    }

    @Test
    @SuppressWarnings("NullAway") // the refusal of null is what is tested
    void nulls() {
        assertThatThrownBy(() -> map.set(null, "v")).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> map.put("k", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> map.get(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> map.async().set("k", null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void aKeyOfAnotherType() {
        assertThatThrownBy(() -> map.get((Object) 1L))
                .isInstanceOf(ClassCastException.class)
                .hasMessageContaining("keys of map 'm' are java.lang.String, not java.lang.Long");
    }

    @Test
    void aTypeWithoutCodec() {
        assertThatThrownBy(() -> cluster.member(0).store().map("cities", String.class, City.class))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("City")
                .hasMessageContaining("KvStore.builder().register(RefusalsTest.City.class)");
        assertThatThrownBy(() -> cluster.member(0).store().map("sockets", String.class, Socket.class))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.net.Socket")
                .hasMessageContaining("copy what it holds into a record of yours");
    }

    @Test
    void aMapWithOtherTypes() {
        assertThatThrownBy(() -> cluster.member(0).store().map("m", Long.class, String.class))
                .isInstanceOf(MapSpecMismatchException.class)
                .hasMessageContaining("java.lang.Long");
    }

    @Test
    void conditionalAndWholeMapMethodsSayWhatTheyNeedAndDoNothing() {
        ConcurrentMap<String, String> plain = map;
        assertThatThrownBy(() -> plain.putIfAbsent("new", "v"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("needs consensus per key");
        assertThatThrownBy(() -> plain.computeIfAbsent("new", key -> "v"))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> plain.merge("k", "w", String::concat))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> plain.remove("k", "v")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(plain::size)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("needs a scan of all members");
        assertThatThrownBy(plain::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThat(map.get("new")).isNull();
    }
}
