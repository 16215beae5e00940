package io.kvmesh.testkit;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;

/** Tells where a real thread stands. Stateless. */
final class StackTraces {
    private StackTraces() {}

    /** The calls of a thread, a line each, each after a line break, and the lock that it waits for. */
    static String of(Thread thread) {
        StringBuilder text = new StringBuilder();
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
        if (info != null && info.getLockName() != null && info.getLockOwnerName() != null) {
            text.append("\n\twaiting for ").append(info.getLockName());
            text.append(", which the thread '").append(info.getLockOwnerName()).append("' holds");
        }
        for (StackTraceElement call : thread.getStackTrace()) {
            text.append("\n\tat ").append(call);
        }
        return text.isEmpty() ? "\n\tno call: it does not run" : text.toString();
    }
}
