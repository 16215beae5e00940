package io.kvmesh.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs once for each of many seeds, each time in a simulated cluster of its own. It stands in the place of
 * {@code @Test}.
 *
 * <p>The method, and methods with {@code @BeforeEach} and {@code @AfterEach}, may have a parameter of type
 * {@link io.kvmesh.testkit.SimCluster}: its members are started. After the test it is ended as
 * {@link io.kvmesh.testkit.SimCluster#finish()} does, which fails if anything inside a member or a simulated thread
 * failed. A failure names the seed and shows the last events; the system property {@value #SEED_PROPERTY} lets all
 * these tests run with one seed only.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(KvSimExtension.class)
public @interface KvSim {
    /** The configuration parameter of JUnit, or system property, that holds the one seed to run. */
    String SEED_PROPERTY = "kvsim.seed";
    /** How many seeds a test may have. */
    int SEEDS_MAX = 1_000_000;

    /** How many members are started. */
    int members() default 3;

    /** How many seeds the test runs with. */
    int seeds() default 50;

    /** The first seed; the others follow it. */
    long from() default 0;

    /** After how many failing seeds the others are not run any more. */
    int failuresMax() default 1;

    /** Changes the settings of the members' stores. */
    Class<? extends ClusterSettings> settings() default ClusterSettings.Defaults.class;
}
