package io.kvmesh.testkit.junit;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a method with {@link KvSim} once for each seed. Stateless. */
final class KvSimExtension implements TestTemplateInvocationContextProvider {
    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return AnnotationSupport.isAnnotated(context.getTestMethod(), KvSim.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        KvSim annotation = AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), KvSim.class)
                .orElseThrow();
        String test = context.getRequiredTestClass().getSimpleName() + "."
                + context.getRequiredTestMethod().getName();
        return SeedPlan.of(annotation, test, context.getConfigurationParameter(KvSim.SEED_PROPERTY))
                .runs();
    }
}
