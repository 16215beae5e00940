package io.kvmesh.testkit.junit;

import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimulationFailure;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.opentest4j.TestAbortedException;

/** One run of a test, under one seed. Confined to the thread that runs it. */
final class SeedInvocation
        implements TestTemplateInvocationContext,
                ExecutionCondition,
                BeforeEachCallback,
                AfterEachCallback,
                ParameterResolver,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler {
    private final SeedPlan plan;
    private final long seed;
    private @Nullable SimCluster cluster;
    private boolean failed;

    SeedInvocation(SeedPlan plan, long seed) {
        this.plan = plan;
        this.seed = seed;
    }

    @Override
    public String getDisplayName(int invocationIndex) {
        return "seed " + seed;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
        return List.of(this);
    }

    /** Tests that run in parallel are all prepared before the first one fails. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return plan.isOver()
                ? ConditionEvaluationResult.disabled("enough other seeds failed")
                : ConditionEvaluationResult.enabled("few seeds failed so far");
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        SimCluster started = plan.cluster(seed);
        cluster = started;
        try {
            started.start();
        } catch (Throwable thrown) {
            throw failure(started, thrown);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == SimCluster.class
                && parameter.getDeclaringExecutable() instanceof Method;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (cluster == null) {
            throw new ParameterResolutionException("a SimCluster belongs to one run of a test: "
                    + parameter.getDeclaringExecutable() + " is called outside of any");
        }
        return cluster;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw explained(thrown);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw explained(thrown);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw explained(thrown);
    }

    /** Ends the cluster; only if all went well so far there is more to be found. */
    @Override
    public void afterEach(ExtensionContext context) {
        SimCluster used = cluster;
        cluster = null;
        if (used == null) {
            return;
        }
        try (used) {
            if (context.getExecutionException().isEmpty()) {
                used.finish();
            }
        } catch (Throwable thrown) {
            throw failure(used, thrown);
        }
    }

    private Throwable explained(Throwable thrown) {
        SimCluster used = cluster;
        // A test that was aborted by an assumption did not fail.
        return used == null || failed || thrown instanceof TestAbortedException ? thrown : failure(used, thrown);
    }

    private SimulationFailure failure(SimCluster used, Throwable thrown) {
        String advice = failed ? "seed " + seed : plan.failed(seed);
        failed = true;
        return used.failure(thrown, advice);
    }
}
