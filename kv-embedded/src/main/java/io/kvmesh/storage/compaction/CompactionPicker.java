package io.kvmesh.storage.compaction;

import io.kvmesh.storage.compaction.CompactionPick.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * Chooses what to merge next: a pure function of the tables of one map. Immutable.
 *
 * <ol>
 *   <li>A table in which everything expired, and that hides nothing older, is dropped.
 *   <li>Of the groups of tables of one level (and window) that overlap, directly or through each other, that with most
 *       tables over one partition is merged, if those are as many as the options allow.
 *   <li>With windows, the tables of a window that has passed are merged.
 *   <li>A table of which much can be dropped is rewritten alone.
 * </ol>
 *
 * Tables that are being merged already are left out: what is chosen is disjoint from what runs.
 */
public final class CompactionPicker {
    private final CompactionOptions options;
    private final int partitions;

    public CompactionPicker(CompactionOptions options, int partitions) {
        this.options = options;
        this.partitions = partitions;
    }

    /**
     * The next merge, if one is due.
     *
     * @param all the tables of the map
     * @param isFree whether a table is neither being merged nor excluded for another reason
     * @param isRewritable whether a table may be rewritten alone: it was not in vain lately
     * @param nowMicros wall time
     */
    public Optional<CompactionPick> pick(
            Collection<TableFacts> all,
            LongPredicate isFree,
            LongPredicate isRewritable,
            PurgeLimits limits,
            long nowMicros) {
        List<TableFacts> free =
                all.stream().filter(table -> isFree.test(table.tableId())).toList();
        return expired(all, free, limits, nowMicros)
                .or(() -> overlapping(free))
                .or(() -> passedWindow(free, nowMicros))
                .or(() -> droppable(all, free, isRewritable, limits, nowMicros));
    }

    /** The level that a table belongs to. */
    public int levelOf(TableFacts table) {
        return options.levelOf(density(table.sizeBytes(), table.span()));
    }

    /**
     * Into how many parts the partitions are cut for the output of a merge: a power of two, so that the borders of a
     * denser level are borders of all levels before it.
     */
    public int shards(Collection<TableFacts> inputs) {
        long bytes = inputs.stream().mapToLong(TableFacts::sizeBytes).sum();
        int first = inputs.stream().mapToInt(TableFacts::firstPartition).min().orElse(0);
        int last = inputs.stream().mapToInt(TableFacts::lastPartition).max().orElse(0);
        double density = density(bytes, last - first + 1);
        int shards = 1;
        while (shards < partitions && density / shards > options.tableBytesTarget()) {
            shards *= 2;
        }
        return shards;
    }

    /** The bytes that merges which are due now would read. */
    public long pendingBytes(Collection<TableFacts> tables) {
        long bytes = 0;
        for (List<TableFacts> group : groups(tables)) {
            if (overlap(group) >= options.overlapMax()) {
                bytes += group.stream().mapToLong(TableFacts::sizeBytes).sum();
            }
        }
        return bytes;
    }

    /** How many tables of one level, and one window, lie over one partition at most. */
    public int overlap(Collection<TableFacts> tables) {
        return groups(tables).stream().mapToInt(CompactionPicker::overlap).max().orElse(0);
    }

    private double density(long bytes, int span) {
        return (double) bytes * partitions / span;
    }

    private static Optional<CompactionPick> expired(
            Collection<TableFacts> all, List<TableFacts> free, PurgeLimits limits, long nowMicros) {
        return free.stream()
                .filter(table -> table.expiryMicrosMax() < nowMicros
                        && table.timestampMicrosMax() < purgeableBefore(table, limits)
                        && hidesNothing(table, table.timestampMicrosMax(), all))
                .findFirst()
                .map(table -> new CompactionPick(Reason.EXPIRED, List.of(table.tableId())));
    }

    private static long purgeableBefore(TableFacts table, PurgeLimits limits) {
        return limits.purgeableBeforeMicros(table.firstPartition(), table.lastPartition());
    }

    /** Whether no other table may hold something that a cell with this stamp hides. */
    private static boolean hidesNothing(TableFacts table, long timestampMicros, Collection<TableFacts> all) {
        return all.stream()
                .noneMatch(other -> other.tableId() != table.tableId()
                        && other.overlaps(table)
                        && other.timestampMicrosMin() <= timestampMicros);
    }

    private Optional<CompactionPick> overlapping(List<TableFacts> free) {
        return groups(free).stream()
                .filter(group -> overlap(group) >= options.overlapMax())
                .max(Comparator.<List<TableFacts>>comparingInt(CompactionPicker::overlap)
                        .thenComparing(Comparator.comparingLong(CompactionPicker::bytes)
                                .reversed()))
                .map(group -> new CompactionPick(Reason.OVERLAP, inputs(group)));
    }

    private static long bytes(List<TableFacts> tables) {
        return tables.stream().mapToLong(TableFacts::sizeBytes).sum();
    }

    /** Those first that lie over the partition with most of them: without these a merge would achieve nothing. */
    private static List<Long> inputs(List<TableFacts> group) {
        int hottest = hottest(group);
        return group.stream()
                .sorted(Comparator.<TableFacts, Boolean>comparing(table -> !table.covers(hottest))
                        .thenComparingLong(TableFacts::sizeBytes)
                        .thenComparingLong(TableFacts::tableId))
                .limit(CompactionOptions.INPUTS_MAX)
                .map(TableFacts::tableId)
                .toList();
    }

    private Optional<CompactionPick> passedWindow(List<TableFacts> free, long nowMicros) {
        if (options.windowMicros() == 0) {
            return Optional.empty();
        }
        TreeMap<Long, List<TableFacts>> windows = new TreeMap<>();
        for (TableFacts table : free) {
            windows.computeIfAbsent(windowOf(table), window -> new ArrayList<>())
                    .add(table);
        }
        long presentWindow = Math.floorDiv(nowMicros, options.windowMicros());
        for (Map.Entry<Long, List<TableFacts>> window : windows.entrySet()) {
            if (window.getKey() < presentWindow) {
                for (List<TableFacts> group : connected(window.getValue())) {
                    if (group.size() > 1) {
                        return Optional.of(new CompactionPick(Reason.WINDOW, inputs(group)));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private long windowOf(TableFacts table) {
        return options.windowMicros() == 0 ? 0 : Math.floorDiv(table.timestampMicrosMax(), options.windowMicros());
    }

    private static Optional<CompactionPick> droppable(
            Collection<TableFacts> all,
            List<TableFacts> free,
            LongPredicate isRewritable,
            PurgeLimits limits,
            long nowMicros) {
        for (TableFacts table : free) {
            boolean allExpired = table.expiryMicrosMax() < nowMicros;
            double share = allExpired ? 1 : (double) table.tombstones() / table.records();
            if (share >= CompactionOptions.DROPPABLE_SHARE
                    && table.timestampMicrosMin() < purgeableBefore(table, limits)
                    && isRewritable.test(table.tableId())
                    && hidesNothing(table, table.timestampMicrosMin(), all)) {
                return Optional.of(new CompactionPick(Reason.DROPPABLE, List.of(table.tableId())));
            }
        }
        return Optional.empty();
    }

    /** The tables of each level and window, cut into groups that do not overlap each other. */
    private List<List<TableFacts>> groups(Collection<TableFacts> tables) {
        record Place(long window, int level) {}
        TreeMap<Place, List<TableFacts>> places =
                new TreeMap<>(Comparator.comparingLong(Place::window).thenComparingInt(Place::level));
        for (TableFacts table : tables) {
            places.computeIfAbsent(new Place(windowOf(table), levelOf(table)), place -> new ArrayList<>())
                    .add(table);
        }
        List<List<TableFacts>> groups = new ArrayList<>();
        places.values().forEach(place -> groups.addAll(connected(place)));
        return groups;
    }

    /** Cuts tables into groups so that no table of one overlaps one of another. */
    private static List<List<TableFacts>> connected(List<TableFacts> tables) {
        List<TableFacts> sorted = new ArrayList<>(tables);
        sorted.sort(Comparator.comparingInt(TableFacts::firstPartition).thenComparingLong(TableFacts::tableId));
        List<List<TableFacts>> groups = new ArrayList<>();
        int end = -1;
        for (TableFacts table : sorted) {
            if (table.firstPartition() > end) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(table);
            end = Math.max(end, table.lastPartition());
        }
        return groups;
    }

    /** The most tables of a group that lie over one partition. */
    private static int overlap(List<TableFacts> group) {
        return over(group, hottest(group));
    }

    /** The partition over which most tables of a group lie. */
    private static int hottest(List<TableFacts> group) {
        int hottest = group.get(0).firstPartition();
        int most = 0;
        for (TableFacts at : group) {
            int here = over(group, at.firstPartition());
            if (here > most) {
                most = here;
                hottest = at.firstPartition();
            }
        }
        return hottest;
    }

    private static int over(List<TableFacts> group, int partition) {
        int count = 0;
        for (TableFacts table : group) {
            if (table.covers(partition)) {
                count++;
            }
        }
        return count;
    }
}
