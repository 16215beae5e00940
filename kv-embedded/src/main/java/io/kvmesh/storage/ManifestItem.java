package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.Compaction.Strategy;
import io.kvmesh.api.Compression;
import io.kvmesh.api.MapSpec;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.storage.sstable.TableProperties;
import io.kvmesh.storage.sstable.TableReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One fact that an edit of the manifest states. Immutable. */
sealed interface ManifestItem {
    int IDENTITY = 1;
    int GENERATION = 2;
    int MAP_CREATED = 3;
    int TABLE_ADDED = 4;
    int TABLE_REMOVED = 5;
    int FLUSHED = 6;
    int LOG_FLOOR = 7;
    int NEXT_TABLE = 8;
    int COMPACTION_CHOSEN = 9;
    int TABLE_COVERS = 10;
    int TABLE_LOST = 11;
    int TABLES_CHOSEN = 12;
    int KEYS_LOST = 13;

    void encode(ByteWriter writer);

    /** Who this member is, and into how many partitions its keys are cut. */
    record Identity(NodeId node, int partitions) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(IDENTITY).putLong(node.value()).putInt(partitions);
        }
    }

    /** How often the directory was opened. */
    record Generation(long value) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(GENERATION).putLong(value);
        }
    }

    record MapCreated(MapDescriptor map) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(MAP_CREATED).putLong(map.id().value()).putString(map.name());
            writer.putString(map.keyCodec()).putString(map.valueCodec());
        }
    }

    record TableAdded(MapId map, long tableId, long sizeBytes) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(TABLE_ADDED).putLong(map.value()).putLong(tableId).putLong(sizeBytes);
        }
    }

    /** Where the keys of a table lie, and the greatest stamp in it: what is to be known of it when it is lost. */
    record TableCovers(long tableId, Key first, Key last, long timestampMicrosMax) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(TABLE_COVERS).putLong(tableId).putSizedBytes(first.bytes());
            writer.putSizedBytes(last.bytes()).putLong(timestampMicrosMax);
        }

        static TableCovers decodeRest(ByteReader reader) {
            return new TableCovers(reader.readLong(), key(reader), key(reader), reader.readLong());
        }

        private static Key key(ByteReader reader) {
            return key(reader.readSizedBytes());
        }

        private static Key key(byte[] bytes) {
            if (bytes.length < Key.PARTITION_BYTES) {
                throw new MalformedBytesException("a key of " + bytes.length + " bytes has no partition");
            }
            return Key.ofStorageBytes(bytes);
        }
    }

    /** A table that was added cannot be opened; its file, if there is one, is put aside. */
    record TableLost(long tableId, String reason) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(TABLE_LOST).putLong(tableId).putString(reason);
        }
    }

    /**
     * Keys of a table that could not be read when the rest of it was rewritten, under a number of their own. Removed as
     * a table is.
     */
    record KeysLost(LostTable lost) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(KEYS_LOST).putLong(lost.map().value()).putLong(lost.tableId());
            writer.putLong(lost.timestampMicrosMax()).putString(lost.reason());
            writer.putInt(lost.spans().size());
            for (KeySpan span : lost.spans()) {
                Key to = span.to();
                writer.putSizedBytes(span.from().bytes());
                // No key is that short: it stands for the end of the map.
                writer.putSizedBytes(to == null ? new byte[0] : to.bytes());
            }
        }

        static KeysLost decodeRest(ByteReader reader) {
            MapId map = new MapId(reader.readLong());
            long tableId = reader.readLong();
            long timestampMicrosMax = reader.readLong();
            String reason = reader.readString();
            List<KeySpan> spans = new ArrayList<>();
            for (int left = reader.readInt(); left > 0; left--) {
                Key from = TableCovers.key(reader);
                byte[] to = reader.readSizedBytes();
                spans.add(new KeySpan(from, to.length == 0 ? null : TableCovers.key(to)));
            }
            return new KeysLost(new LostTable(map, tableId, spans, timestampMicrosMax, reason));
        }
    }

    /** What an edit states of a table that is to be read from now on. */
    static List<ManifestItem> added(TableReader table) {
        TableProperties properties = table.properties();
        return List.of(
                new TableAdded(properties.map(), table.tableId(), table.sizeBytes()),
                new TableCovers(
                        table.tableId(), properties.first(), properties.last(), properties.timestampMicrosMax()));
    }

    record TableRemoved(long tableId) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(TABLE_REMOVED).putLong(tableId);
        }
    }

    /** All records of the map before this position of the log are in SSTables. */
    record Flushed(MapId map, long logPosition) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(FLUSHED).putLong(map.value()).putLong(logPosition);
        }
    }

    /** The oldest log segment that recovery needs; those before it may be gone. */
    record LogFloor(int segmentId) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(LOG_FLOOR).putInt(segmentId);
        }
    }

    /** Numbers of tables below this one are taken for ever. */
    record NextTable(long tableId) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(NEXT_TABLE).putLong(tableId);
        }
    }

    /** How the tables of a map are merged. A later choice takes the place of an earlier one. */
    record CompactionChosen(MapId map, Compaction policy) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(COMPACTION_CHOSEN).putLong(map.value());
            writer.putByte(code(policy.strategy())).putLong(policy.window().toMillis());
        }

        static CompactionChosen decodeRest(ByteReader reader) {
            MapId map = new MapId(reader.readLong());
            int code = reader.readByte();
            Duration window = Duration.ofMillis(reader.readLong());
            for (Strategy strategy : Strategy.values()) {
                if (code(strategy) == code) {
                    return new CompactionChosen(map, new Compaction(strategy, window));
                }
            }
            throw new MalformedBytesException("unknown strategy " + code + " of compaction");
        }

        private static int code(Strategy strategy) {
            return switch (strategy) {
                case SIZE_TIERED -> 1;
                case LEVELED -> 2;
                case TIME_WINDOW -> 3;
            };
        }
    }

    /** How the tables of a map are written. A later choice takes the place of an earlier one. */
    record TablesChosen(MapId map, Compression compression, int bloomBitsPerKey) implements ManifestItem {
        @Override
        public void encode(ByteWriter writer) {
            writer.putByte(TABLES_CHOSEN).putLong(map.value());
            writer.putByte(code(compression)).putByte(bloomBitsPerKey);
        }

        static TablesChosen decodeRest(ByteReader reader) {
            MapId map = new MapId(reader.readLong());
            int code = reader.readByte();
            int bloomBitsPerKey = reader.readUnsignedByte();
            if (bloomBitsPerKey < 1 || bloomBitsPerKey > MapSpec.BLOOM_BITS_PER_KEY_MAX) {
                throw new MalformedBytesException("bloom filters with " + bloomBitsPerKey + " bits for a key");
            }
            for (Compression compression : Compression.values()) {
                if (code(compression) == code) {
                    return new TablesChosen(map, compression, bloomBitsPerKey);
                }
            }
            throw new MalformedBytesException("unknown compression " + code);
        }

        private static int code(Compression compression) {
            return switch (compression) {
                case NONE -> 0;
                case LZ4 -> 1;
                case ZSTD -> 2;
            };
        }
    }

    static ManifestItem decode(ByteReader reader) {
        int kind = reader.readByte();
        return switch (kind) {
            case IDENTITY -> new Identity(new NodeId(reader.readLong()), reader.readInt());
            case GENERATION -> new Generation(reader.readLong());
            case MAP_CREATED ->
                new MapCreated(new MapDescriptor(
                        new MapId(reader.readLong()), reader.readString(), reader.readString(), reader.readString()));
            case TABLE_ADDED -> new TableAdded(new MapId(reader.readLong()), reader.readLong(), reader.readLong());
            case TABLE_REMOVED -> new TableRemoved(reader.readLong());
            case FLUSHED -> new Flushed(new MapId(reader.readLong()), reader.readLong());
            case LOG_FLOOR -> new LogFloor(reader.readInt());
            case NEXT_TABLE -> new NextTable(reader.readLong());
            case TABLE_COVERS -> TableCovers.decodeRest(reader);
            case TABLE_LOST -> new TableLost(reader.readLong(), reader.readString());
            case KEYS_LOST -> KeysLost.decodeRest(reader);
            case COMPACTION_CHOSEN -> CompactionChosen.decodeRest(reader);
            case TABLES_CHOSEN -> TablesChosen.decodeRest(reader);
            default -> throw new MalformedBytesException("unknown kind " + kind + " of manifest item");
        };
    }
}
