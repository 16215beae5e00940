package io.kvmesh.api;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What an operator asks of a member. Safe for any thread; answers are this member's view at one moment. */
public interface Admin {

    /** The identity of this member: sixteen hexadecimal digits. */
    String nodeId();

    /** All members of the ring, this one included, ordered by identity. */
    List<MemberInfo> members();

    /** The identities of the members that hold the partition of a key, first replica first. */
    List<String> replicasOf(String map, Object key);

    /** The ring, and how many replicas of its partitions are alive. */
    RingInfo ring();

    /** Who fetches partitions at the moment, this member included, ordered by identity. */
    List<StreamInfo> streams();

    /** What is wrong at the moment. */
    Health health();

    /**
     * Tells a listener the health now, and again whenever it changes, which is looked for once in every gossip
     * interval. It is called on the callback lane, for one change after the other; what it throws is logged. When the
     * store is closed it is told nothing more.
     *
     * @throws OverloadedException if more than 64 listeners are told already
     */
    Watch watchHealth(Consumer<Health> listener);

    /**
     * Whether this member may be stopped, or lost, without a key becoming unavailable at QUORUM: all members of the
     * ring are alive, nothing joins or leaves, every key is stored as often as the configuration asks for, and the
     * other replicas of each are a quorum by themselves, which takes three copies at least.
     */
    boolean isSafe();

    /**
     * Gives up this member's part of the ring: the others fetch what it holds, while reads and writes go on. Returns at
     * once; when this member's standing in {@link #members()} is {@link MemberStanding#NONE}, nothing depends on it any
     * more, and it can be closed. Until then closing it takes the wish back. A store that is opened again in the
     * directory afterwards joins as any new member does.
     *
     * @throws StoreException if the store is alone, so that there is no ring to leave
     */
    void leave();

    /**
     * Takes a member out of the ring that will not come back; others take its place and fetch what it held from the
     * replicas that are left. What only members had that are taken out is lost. Returns at once; that it is out shows
     * in {@link #members()}. Its vote is not needed for this, nor does it hear of it: should it come back, it joins
     * anew. Nothing happens while it is alive. Safe to repeat. The wish is kept in this member's memory, until it is
     * done or this store is closed.
     *
     * <p>When more than half of the members are gone, take all of them out from one and the same member, and from no
     * other: two members that hold each other for gone would make two rings.
     *
     * @param nodeId sixteen hexadecimal digits
     * @throws IllegalArgumentException if no other member of the ring has this identity, or it is alive
     * @throws StoreException if the store is alone, or is no {@link MemberStanding#MEMBER} itself
     */
    void removeMember(String nodeId);

    StorageInfo storage();

    /** What this member waits for from others. */
    TrafficInfo traffic();

    /** What this member keeps for members that are down or missed a write, until these can take it. */
    HintsInfo hints();

    /** How far the comparison of this member's keys with those of the other replicas is. */
    RepairInfo repair();

    /**
     * Compares all that this member holds with the other replicas now, and evens out the differences: as
     * {@link #startRepair(String)}, of all maps of all members that are alive.
     */
    CompletableFuture<RepairResult> startRepair();

    /**
     * Compares all partitions of a map that this member holds with their other replicas, in the background and one
     * after the other, and evens out the differences. At the end all replicas of a partition hold the newest of every
     * key that any of them held when its comparison began. Reads and writes go on; {@link #repair()} tells how far it
     * is. To repair a whole mesh, ask enough members for every partition to be held by one of them.
     *
     * @return completes on the callback lane, with an error only if the store is closed before, or if no member that is
     *     alive has such a map; partitions that could not be repaired are named in the result
     * @throws OverloadedException if too many repairs wait
     * @throws StoreException if this store is alone
     */
    CompletableFuture<RepairResult> startRepair(String map);

    /**
     * As {@link #startRepair(String)}, of one partition.
     *
     * @throws IllegalArgumentException if there is no such partition, or this member does not hold it
     */
    CompletableFuture<RepairResult> startRepair(String map, int partition);

    /** Writes all memtables to SSTables and returns when that is done. */
    void flush();

    /**
     * Takes a snapshot of this member: a directory of its own in {@code snapshots} of the store's directory, with all
     * that this member had acknowledged before the call, and of what is written meanwhile all up to some moment. Tables
     * are links to the files of the store where the disk knows such, so a snapshot takes no more time than a flush, and
     * space only for what the store drops later. Reads, writes and merges go on. When this returns, the snapshot
     * survives a loss of power; one that was interrupted is deleted when the store is opened again.
     *
     * @param name 1 to 64 letters, digits, '.', '_' and '-'
     * @return the snapshot's directory, which can be copied to another place and opened there
     * @throws IllegalArgumentException if the name cannot be that of a snapshot
     * @throws StoreException if there is one of that name, or the disk fails; the store goes on then
     * @throws StoreReadOnlyException if the store takes no more writes, since it cannot be flushed then
     */
    Path snapshot(String name);

    /** The names of all snapshots of this member, in their order. */
    List<String> snapshots();

    /**
     * Deletes a snapshot.
     *
     * @throws StoreException if there is none of that name, or the disk fails
     */
    void deleteSnapshot(String name);

    /**
     * Backs this member up: all that it had acknowledged before the call. Only tables that no earlier backup of it in
     * the repository has are copied, and every copy is checked. Members may share a repository and use it at the same
     * time. When this returns, the backup survives a loss of power of the repository's disk; one that was interrupted
     * is not listed, harms no other one, and is cleared away by the next.
     *
     * <p>A backup of a mesh is one of each member. These are not of one moment: see docs/backup.md.
     *
     * @param repository a directory for backups, which is created if it is missing
     * @throws IllegalArgumentException if the repository lies in the store's own directory
     * @throws CorruptDataException if a table is damaged; then there is no backup
     * @throws StoreException if a disk fails, or another backup of this member goes on; the store goes on then
     * @throws StoreReadOnlyException if the store takes no more writes, since it cannot be flushed then
     */
    BackupInfo backup(Path repository);

    /** All backups of a repository, of all members, in the order of time. */
    List<BackupInfo> backups(Path repository);

    /**
     * Deletes a backup, of whatever member, and the tables that no other one needs.
     *
     * @throws IllegalArgumentException if this cannot be the name of a backup
     * @throws StoreException if there is none of that name, or a disk fails
     */
    void deleteBackup(Path repository, String id);
}
