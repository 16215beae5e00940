package io.kvmesh.api;

import java.nio.file.Path;
import java.util.List;

/** What an operator asks of a member. Safe for any thread; answers are this member's view at one moment. */
public interface Admin {

    /** The identity of this member: sixteen hexadecimal digits. */
    String nodeId();

    /** All members of the ring, this one included, ordered by identity. */
    List<MemberInfo> members();

    /** The identities of the members that hold the partition of a key, first replica first. */
    List<String> replicasOf(String map, Object key);

    Health health();

    StorageInfo storage();

    /** What this member waits for from others. */
    TrafficInfo traffic();

    /** What this member keeps for members that are down or missed a write, until these can take it. */
    HintsInfo hints();

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
