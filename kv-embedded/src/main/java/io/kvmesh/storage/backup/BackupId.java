package io.kvmesh.storage.backup;

import io.kvmesh.model.NodeId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * When a backup was taken, and of which member. As a text it is {@code 20261231T235959999Z-0123456789abcdef}, so that
 * texts are in the order of time. Immutable.
 */
public record BackupId(long takenMillis, NodeId node) {
    private static final Pattern TEXT = Pattern.compile("([0-9]{8}T[0-9]{9}Z)-([0-9a-f]{16})");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * The backup that a text names.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static BackupId parse(String text) {
        BackupId id = find(text);
        if (id == null) {
            throw new IllegalArgumentException("'" + text + "' is not the name of a backup, which is as"
                    + " 20261231T235959999Z-0123456789abcdef: when it was taken, and of which member");
        }
        return id;
    }

    /** The backup that a text names, or null if it names none. */
    static @Nullable BackupId find(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        try {
            long takenMillis = TIME.parse(matcher.group(1), Instant::from).toEpochMilli();
            return new BackupId(takenMillis, new NodeId(Long.parseUnsignedLong(matcher.group(2), 16)));
        } catch (DateTimeException e) {
            return null;
        }
    }

    public Instant taken() {
        return Instant.ofEpochMilli(takenMillis);
    }

    BackupId next() {
        return new BackupId(takenMillis + 1, node);
    }

    @Override
    public String toString() {
        return TIME.format(taken()) + "-" + node;
    }
}
