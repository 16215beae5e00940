package io.kvmesh.testkit.campaign;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Takes what members log, so that a campaign prints nothing else, and keeps the errors of each thread: all members of a
 * simulation log in the one thread that it runs in. Safe for any thread.
 */
final class ErrorLog extends AppenderBase<ILoggingEvent> {
    static final int ERRORS_MAX = 20;

    private final Map<Long, List<String>> errorsByThread = new ConcurrentHashMap<>();

    private ErrorLog() {}

    /** Takes over the logging of this process. */
    static ErrorLog install() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (!(factory instanceof LoggerContext context)) {
            throw new IllegalStateException("a campaign needs logback to see what members log; found " + factory);
        }
        ErrorLog log = new ErrorLog();
        log.setContext(context);
        log.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.setLevel(Level.ERROR);
        root.addAppender(log);
        return log;
    }

    /** The errors that this thread logged since the last call. */
    List<String> takeErrors() {
        List<String> errors = errorsByThread.remove(Thread.currentThread().getId());
        return errors == null ? List.of() : errors;
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (!event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            return;
        }
        List<String> errors =
                errorsByThread.computeIfAbsent(Thread.currentThread().getId(), absent -> new ArrayList<>());
        if (errors.size() < ERRORS_MAX) {
            String thrown = event.getThrowableProxy() == null
                    ? ""
                    : ": " + event.getThrowableProxy().getClassName() + ": "
                            + event.getThrowableProxy().getMessage();
            errors.add(event.getLoggerName() + ": " + event.getFormattedMessage() + thrown);
        }
    }
}
