package io.kvmesh.testkit.junit;

import io.kvmesh.testkit.RealCluster;
import java.lang.reflect.Method;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Opens a cluster before each test with {@link KvCluster} and closes it after it. Stateless. */
final class KvClusterExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(KvClusterExtension.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        String test = context.getRequiredTestClass().getSimpleName() + "."
                + context.getRequiredTestMethod().getName();
        KvCluster annotation = annotation(context);
        SeedPlan.check(test, "members", annotation.members(), RealCluster.MEMBERS_MAX);
        RealCluster cluster = RealCluster.of(annotation.members())
                .configure(SettingsClass.create(annotation.settings(), test))
                .open();
        context.getStore(NAMESPACE).put(RealCluster.class, cluster);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        RealCluster cluster = context.getStore(NAMESPACE).remove(RealCluster.class, RealCluster.class);
        if (cluster != null) {
            cluster.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RealCluster.class
                && parameter.getDeclaringExecutable() instanceof Method;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        RealCluster cluster = context.getStore(NAMESPACE).get(RealCluster.class, RealCluster.class);
        if (cluster == null) {
            throw new ParameterResolutionException("a RealCluster belongs to one test: "
                    + parameter.getDeclaringExecutable() + " is called outside of any");
        }
        return cluster;
    }

    /** That of the method, else that of the class or of one around it. */
    private static KvCluster annotation(ExtensionContext context) {
        Optional<KvCluster> found = AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), KvCluster.class);
        for (Class<?> type = context.getRequiredTestClass();
                found.isEmpty() && type != null;
                type = type.getEnclosingClass()) {
            found = AnnotationSupport.findAnnotation(type, KvCluster.class);
        }
        return found.orElseThrow(() -> new ExtensionConfigurationException(
                "no @KvCluster on " + context.getRequiredTestMethod() + " or its class"));
    }
}
