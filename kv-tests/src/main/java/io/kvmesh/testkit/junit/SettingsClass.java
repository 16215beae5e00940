package io.kvmesh.testkit.junit;

import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.ReflectionSupport;

/** Makes the settings that an annotation names by their class. Stateless. */
final class SettingsClass {
    private SettingsClass() {}

    static ClusterSettings create(Class<? extends ClusterSettings> type, String test) {
        try {
            return ReflectionSupport.newInstance(type);
        } catch (Exception e) {
            throw new ExtensionConfigurationException(
                    "annotation of " + test + ": settings = " + type.getName()
                            + " must be a class that is not abstract, with a constructor without parameters;"
                            + " a nested one must be static",
                    e);
        }
    }
}
