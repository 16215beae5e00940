package io.kvmesh.transport.jgroups;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Everything that is logged at WARN or above, or by JGroups at INFO, while it is open. Safe for any thread. */
final class CapturedLog implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<String> alarms = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            boolean isChatter = event.getLoggerName().startsWith("org.jgroups")
                    && event.getLevel().isGreaterOrEqual(Level.INFO);
            if (isChatter || event.getLevel().isGreaterOrEqual(Level.WARN)) {
                alarms.add(event.getLoggerName() + ": " + event.getFormattedMessage());
            }
        }
    };

    CapturedLog() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    List<String> alarms() {
        return alarms;
    }

    @Override
    public void close() {
        root.detachAppender(appender);
    }
}
