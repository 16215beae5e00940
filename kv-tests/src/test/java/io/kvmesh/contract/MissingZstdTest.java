package io.kvmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.KvStore;
import io.kvmesh.api.Compression;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.StoreException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library of zstd is optional, and is not on the class path of these tests. */
class MissingZstdTest {
    @TempDir
    Path directory;

    @Test
    void aMapThatAsksForItIsToldWhatToAddAndCanBeOpenedWithoutIt() {
        assertThatThrownBy(() -> Class.forName("com.github.luben.zstd.Zstd"))
                .isInstanceOf(ClassNotFoundException.class);
        MapSpec<String, String> spec = MapSpec.of("cities", String.class, String.class);
        try (KvStore store = KvStore.open(directory)) {
            assertThatThrownBy(() -> store.map(spec.withCompression(Compression.ZSTD)))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("the map 'cities' needs the library com.github.luben:zstd-jni")
                    .hasMessageContaining("not on the class path");
            KvMap<String, String> map = store.map(spec.withCompression(Compression.NONE));
            map.put("oslo", "1");
            store.admin().flush();
        }
        try (KvStore store = KvStore.open(directory)) {
            assertThat(store.map(spec).get("oslo")).isEqualTo("1");
        }
    }
}
