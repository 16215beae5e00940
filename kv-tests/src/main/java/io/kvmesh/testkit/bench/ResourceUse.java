package io.kvmesh.testkit.bench;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process has used up to one moment. Immutable.
 *
 * @param cpuNanos CPU time of all threads, the collector's and the compiler's included
 * @param gcPauseMillis time in garbage collections
 */
public record ResourceUse(long cpuNanos, long gcPauseMillis) {

    public static ResourceUse now() {
        long pauses = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            pauses += Math.max(0, collector.getCollectionTime());
        }
        return new ResourceUse(processCpuNanos(), pauses);
    }

    public ResourceUse since(ResourceUse earlier) {
        return new ResourceUse(cpuNanos - earlier.cpuNanos, gcPauseMillis - earlier.gcPauseMillis);
    }

    public static long heapUsedBytes() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long processCpuNanos() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            return system.getProcessCpuTime();
        }
        throw new IllegalStateException("this JVM does not tell its CPU time");
    }
}
