package io.kvmesh.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test of a class, or one test, a cluster of real members in this JVM. It stands beside {@code @Test}.
 *
 * <p>The method, and methods with {@code @BeforeEach} and {@code @AfterEach}, may have a parameter of type
 * {@link io.kvmesh.testkit.RealCluster}: its members are started and see each other. After the test, also a failed one,
 * they are closed and their files deleted.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KvClusterExtension.class)
public @interface KvCluster {
    /** How many members are started. */
    int members() default 3;

    /** Changes the settings of the members' stores. */
    Class<? extends ClusterSettings> settings() default ClusterSettings.Defaults.class;
}
