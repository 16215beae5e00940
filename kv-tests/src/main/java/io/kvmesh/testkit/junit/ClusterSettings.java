package io.kvmesh.testkit.junit;

import io.kvmesh.api.KvConfig;
import java.util.function.UnaryOperator;

/**
 * Changes the settings of the stores of a test's cluster, such as its replication factor or registered types. A class
 * of this kind has a constructor without parameters; a nested one is static.
 */
@FunctionalInterface
public interface ClusterSettings extends UnaryOperator<KvConfig.Builder> {

    /** Leaves all settings at the defaults of the test kit. Stateless. */
    final class Defaults implements ClusterSettings {
        @Override
        public KvConfig.Builder apply(KvConfig.Builder builder) {
            return builder;
        }
    }
}
