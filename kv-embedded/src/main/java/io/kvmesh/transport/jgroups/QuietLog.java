package io.kvmesh.transport.jgroups;

import org.jgroups.logging.Log;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what the connection layer of JGroups logs and passes it on at DEBUG. Immutable, safe for any thread.
 *
 * <p>That layer warns about every connection that a killed or restarting peer breaks. In a mesh those are everyday
 * events which the membership reports in its own words, so they must not look like faults.
 */
final class QuietLog implements Log {
    private static final Logger LOG = LoggerFactory.getLogger(KvTcp.class);

    @Override
    public boolean isFatalEnabled() {
        return LOG.isDebugEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return LOG.isDebugEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return LOG.isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return LOG.isDebugEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return LOG.isDebugEnabled();
    }

    @Override
    public boolean isTraceEnabled() {
        return LOG.isTraceEnabled();
    }

    @Override
    public void fatal(String message) {
        LOG.debug(message);
    }

    @Override
    public void fatal(String format, Object... arguments) {
        debug(format, arguments);
    }

    @Override
    public void fatal(String message, Throwable cause) {
        LOG.debug(message, cause);
    }

    @Override
    public void error(String message) {
        LOG.debug(message);
    }

    @Override
    public void error(String format, Object... arguments) {
        debug(format, arguments);
    }

    @Override
    public void error(String message, Throwable cause) {
        LOG.debug(message, cause);
    }

    @Override
    public void warn(String message) {
        LOG.debug(message);
    }

    @Override
    public void warn(String format, Object... arguments) {
        debug(format, arguments);
    }

    @Override
    public void warn(String message, Throwable cause) {
        LOG.debug(message, cause);
    }

    @Override
    public void info(String message) {
        LOG.debug(message);
    }

    @Override
    public void info(String format, Object... arguments) {
        debug(format, arguments);
    }

    @Override
    public void debug(String message) {
        LOG.debug(message);
    }

    @Override
    public void debug(String format, Object... arguments) {
        if (LOG.isDebugEnabled()) {
            LOG.debug(text(format, arguments));
        }
    }

    @Override
    public void debug(String message, Throwable cause) {
        LOG.debug(message, cause);
    }

    @Override
    public void trace(Object message) {
        LOG.trace("{}", message);
    }

    @Override
    public void trace(String message) {
        LOG.trace(message);
    }

    @Override
    public void trace(String format, Object... arguments) {
        if (LOG.isTraceEnabled()) {
            LOG.trace(text(format, arguments));
        }
    }

    @Override
    public void trace(String message, Throwable cause) {
        LOG.trace(message, cause);
    }

    /** The level belongs to the application's logging configuration. */
    @Override
    public void setLevel(String level) {}

    @Override
    public String getLevel() {
        return LOG.isTraceEnabled() ? "trace" : LOG.isDebugEnabled() ? "debug" : "off";
    }

    /** The interface comes from JGroups, so its format strings cannot be annotated for the compiler. */
    @SuppressWarnings("AnnotateFormatMethod")
    private static String text(String format, Object... arguments) {
        return String.format(format, arguments);
    }
}
