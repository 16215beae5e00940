package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Compression;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to tables that were written with zstd when its library is gone. */
public class ZstdAbsenceTest {
    private static final String VALUE = "a value that shrinks ".repeat(20);

    @TempDir
    Path temporary;

    private Path directory = Path.of("unset");

    @BeforeEach
    void writeTable() {
        directory = temporary.resolve("store");
        StorageEngine engine = new StorageFixture(directory).open();
        choose(engine, Compression.ZSTD);
        write(engine, "oslo", cell(VALUE, 10));
        engine.flush();
        engine.close();
    }

    private static void choose(StorageEngine engine, Compression compression) {
        engine.chooseTables(CITIES.id(), Optional.of(compression), OptionalInt.empty());
    }

    /** Opens the store, chooses LZ4 and reads. Yields what was read, or the kind and text of the error. */
    public static String read(Path directory) {
        StorageEngine engine;
        try {
            engine = new StorageFixture(directory).open();
        } catch (StoreException e) {
            return "not opened: " + e.getMessage();
        }
        try {
            choose(engine, Compression.LZ4);
            return "read: " + text(engine, "oslo");
        } catch (CorruptDataException e) {
            return "damaged: " + e.getMessage();
        } catch (StoreException e) {
            return "not read: " + e.getMessage();
        } finally {
            engine.close();
        }
    }

    /** Classes of this library, anew, without zstd in reach. */
    private static final class WithoutZstd extends ClassLoader {
        WithoutZstd() {
            super(ZstdAbsenceTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("com.github.luben.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("io.kvmesh.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream content = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = Objects.requireNonNull(content, name).readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private Object readWithoutZstd() throws ReflectiveOperationException {
        Class<?> there = new WithoutZstd().loadClass(ZstdAbsenceTest.class.getName());
        assertThat(there).isNotSameAs(ZstdAbsenceTest.class);
        return there.getMethod("read", Path.class).invoke(null, directory);
    }

    @Test
    void aStoreWhoseMapHasChosenItIsNotOpened() throws ReflectiveOperationException {
        assertThat(readWithoutZstd())
                .asString()
                .startsWith("not opened: the map 'cities' in " + directory)
                .contains("needs the library com.github.luben:zstd-jni", "not on the class path");
        assertThat(read(directory)).isEqualTo("read: " + VALUE);
    }

    @Test
    void aTableThatIsLeftIsNotTakenForADamagedOne() throws ReflectiveOperationException {
        StorageEngine engine = new StorageFixture(directory).open();
        choose(engine, Compression.LZ4);
        engine.close();
        assertThat(readWithoutZstd())
                .asString()
                .startsWith("not read: an SSTable needs the library com.github.luben:zstd-jni");
        assertThat(read(directory)).isEqualTo("read: " + VALUE);
    }
}
