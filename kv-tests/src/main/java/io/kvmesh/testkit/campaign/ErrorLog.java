package io.kvmesh.testkit.campaign;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
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
final class ErrorLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    static final int ERRORS_MAX = 20;

    private final Map<Long, List<String>> errorsByThread = new ConcurrentHashMap<>();

    private final Logger root;
    private final Level levelBefore;
    private final List<Appender<ILoggingEvent>> appendersBefore = new ArrayList<>();

    private ErrorLog(Logger root) {
        this.root = root;
        levelBefore = root.getLevel();
        root.iteratorForAppenders().forEachRemaining(appendersBefore::add);
    }

    /** Takes over the logging of this process, until it is closed. */
    static ErrorLog install() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (!(factory instanceof LoggerContext context)) {
            throw new IllegalStateException("a campaign needs logback to see what members log; found " + factory);
        }
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ErrorLog log = new ErrorLog(root);
        log.setContext(context);
        log.start();
        log.appendersBefore.forEach(root::detachAppender);
        root.setLevel(Level.ERROR);
        root.addAppender(log);
        return log;
    }

    /** Gives the logging back. */
    @Override
    public void close() {
        root.detachAppender(this);
        appendersBefore.forEach(root::addAppender);
        root.setLevel(levelBefore);
        stop();
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
