package io.kvmesh.repair;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.ReplicaMessages;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The payloads of comparisons, as docs/formats/repair.md states them. Stateless. */
final class MerkleMessages {
    /** How many nodes one request asks the children of: the answer takes at most 128 KiB. */
    static final int NODES_MAX = 512;
    /** What the entries of a list take at most, before the last of them; likewise cells that are moved at once. */
    static final int PAGE_BYTES_MAX = 128 * 1024;
    /** How many keys one request asks the cells of. */
    static final int KEYS_MAX = 1_000;
    /** How many replicas a partition may have. */
    static final int REPLICAS_MAX = 64;

    static final int NODE_BYTES = 16;
    private static final int VERSION_BYTES = 16;
    private static final int ENTRY_BYTES_MIN = 4 + Key.PARTITION_BYTES + 1 + VERSION_BYTES + 8;
    private static final int TEXT_BYTES_MIN = 4;
    private static final int DONE = 0;
    private static final int REFUSED = 1;

    private MerkleMessages() {}

    /** One key in a list, its version, whether it is a deletion, and half of the hash of its cell. */
    record Entry(Key key, Version version, boolean tombstone, long digest) {
        int bytes() {
            return ENTRY_BYTES_MIN - Key.PARTITION_BYTES + key.length();
        }
    }

    /** @param next from where the list goes on; null at its end */
    record EntryPage(List<Entry> entries, @Nullable Key next) {
        EntryPage {
            entries = List.copyOf(entries);
        }
    }

    /** What a member says of itself before it is compared with. */
    record Opening(long generation, long forgottenBeforeMicros) {}

    /** What is stated of a partition that was compared: all these members took part. */
    record Statement(MapId map, int partition, long beginMicros, List<NodeId> replicas) {
        Statement {
            replicas = List.copyOf(replicas);
        }
    }

    static ByteWriter request(MerkleKind kind) {
        return new ByteWriter(128).putByte(kind.code());
    }

    static MerkleKind readKind(ByteReader from) {
        return MerkleKind.ofCode(from.readUnsignedByte());
    }

    static ByteWriter open(MapDescriptor map, int partition) {
        ByteWriter writer = request(MerkleKind.OPEN);
        ReplicaMessages.putDescriptor(writer, map);
        return writer.putShort(partition);
    }

    static ByteWriter root(CompareScope scope, int levels) {
        return putTree(request(MerkleKind.ROOT), scope, levels);
    }

    static ByteWriter children(CompareScope scope, int levels, int level, List<Integer> nodes) {
        ByteWriter writer = putTree(request(MerkleKind.CHILDREN), scope, levels);
        writer.putByte(level).putShort(nodes.size());
        nodes.forEach(writer::putShort);
        return writer;
    }

    static ByteWriter list(CompareScope scope, int levels, Key from, BitSet leaves) {
        ByteWriter writer = putTree(request(MerkleKind.LIST), scope, levels);
        return writer.putSizedBytes(from.bytes()).putSizedBytes(leaves.toByteArray());
    }

    static ByteWriter cells(MapId map, List<Key> keys) {
        ByteWriter writer = request(MerkleKind.CELLS).putLong(map.value()).putInt(keys.size());
        keys.forEach(key -> writer.putSizedBytes(key.bytes()));
        return writer;
    }

    static ByteWriter push(MapId map, List<KeyedCell> cells) {
        ByteWriter writer = request(MerkleKind.PUSH).putLong(map.value()).putInt(cells.size());
        for (KeyedCell each : cells) {
            writer.putSizedBytes(each.key().bytes());
            ReplicaMessages.putCell(writer, each.cell());
        }
        return writer;
    }

    static ByteWriter seal(Statement statement, long generation) {
        return putStatement(request(MerkleKind.SEAL), statement).putLong(generation);
    }

    static ByteWriter mark(Statement statement) {
        return putStatement(request(MerkleKind.MARK), statement);
    }

    private static ByteWriter putTree(ByteWriter to, CompareScope scope, int levels) {
        to.putLong(scope.map().value()).putShort(scope.partition());
        return to.putLong(scope.forgottenBeforeMicros())
                .putLong(scope.nowMicros())
                .putByte(levels);
    }

    static CompareScope readScope(ByteReader from) {
        return new CompareScope(new MapId(from.readLong()), from.readUnsignedShort(), from.readLong(), from.readLong());
    }

    static int readLevels(ByteReader from) {
        int levels = from.readUnsignedByte();
        if (levels > MerkleTree.LEVELS_MAX) {
            throw new MalformedBytesException(
                    "a tree of " + levels + " levels is over the limit of " + MerkleTree.LEVELS_MAX);
        }
        return levels;
    }

    /** The nodes of a level that has children. */
    static List<Integer> readNodes(ByteReader from, int level) {
        int count = from.readUnsignedShort();
        if (count < 1 || count > NODES_MAX) {
            throw new MalformedBytesException(
                    "the children of " + count + " nodes were asked for; 1 to " + NODES_MAX + " are allowed");
        }
        List<Integer> nodes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int node = from.readUnsignedShort();
            if (node >= MerkleTree.leaves(level)) {
                throw new MalformedBytesException("level " + level + " of a tree has no node " + node);
            }
            nodes.add(node);
        }
        return nodes;
    }

    static BitSet readLeaves(ByteReader from, int levels) {
        byte[] bits = from.readSizedBytes();
        BitSet leaves = BitSet.valueOf(bits);
        if (leaves.length() > MerkleTree.leaves(levels)) {
            throw new MalformedBytesException("a tree of " + levels + " levels has no leaf " + (leaves.length() - 1));
        }
        return leaves;
    }

    static Key readKey(ByteReader from) {
        byte[] bytes = from.readSizedBytes();
        if (bytes.length < Key.PARTITION_BYTES) {
            throw new MalformedBytesException("a key of " + bytes.length + " bytes has no partition");
        }
        return Key.ofStorageBytes(bytes);
    }

    static List<Key> readKeys(ByteReader from) {
        int count = from.readCount(4 + Key.PARTITION_BYTES);
        if (count < 1 || count > KEYS_MAX) {
            throw new MalformedBytesException(
                    "the cells of " + count + " keys were asked for; 1 to " + KEYS_MAX + " are allowed");
        }
        List<Key> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            keys.add(readKey(from));
        }
        return keys;
    }

    static List<KeyedCell> readCells(ByteReader from) {
        int count = from.readCount(4 + Key.PARTITION_BYTES + 1 + VERSION_BYTES);
        List<KeyedCell> cells = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            cells.add(new KeyedCell(readKey(from), ReplicaMessages.readCell(from)));
        }
        return cells;
    }

    private static ByteWriter putStatement(ByteWriter to, Statement statement) {
        to.putLong(statement.map().value()).putShort(statement.partition()).putLong(statement.beginMicros());
        to.putByte(statement.replicas().size());
        statement.replicas().forEach(node -> to.putLong(node.value()));
        return to;
    }

    static Statement readStatement(ByteReader from) {
        MapId map = new MapId(from.readLong());
        int partition = from.readUnsignedShort();
        long beginMicros = from.readLong();
        int count = from.readUnsignedByte();
        if (count > REPLICAS_MAX) {
            throw new MalformedBytesException(count + " replicas are over the limit of " + REPLICAS_MAX);
        }
        List<NodeId> replicas = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            replicas.add(new NodeId(from.readLong()));
        }
        return new Statement(map, partition, beginMicros, replicas);
    }

    static ByteWriter done(ByteWriter reply) {
        return reply.putByte(DONE);
    }

    static ByteWriter refused(ByteWriter reply, String reason) {
        return reply.putByte(REFUSED).putString(reason);
    }

    /** Why the request was refused; null if it was done, and its answer follows. */
    static @Nullable String readRefusal(ByteReader from) {
        int status = from.readUnsignedByte();
        return switch (status) {
            case DONE -> null;
            case REFUSED -> from.readString();
            default -> throw new MalformedBytesException("unknown status " + status + " of a comparison");
        };
    }

    static void putOpening(ByteWriter reply, Opening opening) {
        reply.putLong(opening.generation()).putLong(opening.forgottenBeforeMicros());
    }

    static Opening readOpening(ByteReader from) {
        return new Opening(from.readLong(), from.readLong());
    }

    static void putNode(ByteWriter reply, Hash128 node) {
        reply.putLong(node.high()).putLong(node.low());
    }

    static Hash128 readNode(ByteReader from) {
        return new Hash128(from.readLong(), from.readLong());
    }

    static void putEntries(ByteWriter reply, EntryPage page) {
        Key next = page.next();
        reply.putByte(next == null ? 0 : 1);
        if (next != null) {
            reply.putSizedBytes(next.bytes());
        }
        reply.putInt(page.entries().size());
        for (Entry entry : page.entries()) {
            reply.putSizedBytes(entry.key().bytes()).putByte(entry.tombstone() ? 1 : 0);
            reply.putLong(entry.version().timestampMicros())
                    .putLong(entry.version().origin().value());
            reply.putLong(entry.digest());
        }
    }

    /** Keys ascend from the one that was asked for, and lie before the one from which the list goes on. */
    static EntryPage readEntries(ByteReader from, Key first) {
        Key next = readFlag(from) ? readKey(from) : null;
        if (next != null && next.compareTo(first) <= 0) {
            throw new MalformedBytesException("a list from " + first + " cannot go on at " + next);
        }
        int count = from.readCount(ENTRY_BYTES_MIN);
        List<Entry> entries = new ArrayList<>(count);
        Key previous = null;
        for (int i = 0; i < count; i++) {
            Key key = readKey(from);
            boolean ascends = previous == null ? key.compareTo(first) >= 0 : key.compareTo(previous) > 0;
            if (!ascends || (next != null && key.compareTo(next) >= 0)) {
                throw new MalformedBytesException("key " + key + " does not belong into the list behind " + previous);
            }
            boolean tombstone = readFlag(from);
            entries.add(new Entry(key, ReplicaMessages.readVersion(from), tombstone, from.readLong()));
            previous = key;
        }
        return new EntryPage(entries, next);
    }

    /** The cells of the first keys that were asked for, null where there is none. */
    static void putFound(ByteWriter reply, List<@Nullable Cell> found) {
        reply.putInt(found.size());
        for (Cell cell : found) {
            reply.putByte(cell == null ? 0 : 1);
            if (cell != null) {
                ReplicaMessages.putCell(reply, cell);
            }
        }
    }

    /** Of the first keys that were asked for, those with a cell; {@code keys} loses all that were answered for. */
    static List<KeyedCell> readFound(ByteReader from, List<Key> keys) {
        int count = from.readCount(1);
        if (count < 1 || count > keys.size()) {
            throw new MalformedBytesException(
                    "cells of " + count + " keys came in answer to a request for " + keys.size());
        }
        List<KeyedCell> cells = new ArrayList<>(count);
        for (Key key : keys.subList(0, count)) {
            if (readFlag(from)) {
                cells.add(new KeyedCell(key, ReplicaMessages.readCell(from)));
            }
        }
        keys.subList(0, count).clear();
        return cells;
    }

    static void putMaps(ByteWriter reply, List<MapDescriptor> maps) {
        reply.putInt(maps.size());
        maps.forEach(map -> ReplicaMessages.putDescriptor(reply, map));
    }

    static List<MapDescriptor> readMaps(ByteReader from) {
        int count = from.readCount(3 * TEXT_BYTES_MIN);
        List<MapDescriptor> maps = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            maps.add(ReplicaMessages.readDescriptor(from));
        }
        return maps;
    }

    private static boolean readFlag(ByteReader from) {
        int flag = from.readUnsignedByte();
        if (flag > 1) {
            throw new MalformedBytesException("a flag is 0 or 1, not " + flag);
        }
        return flag == 1;
    }
}
