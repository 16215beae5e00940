package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.kvmesh.repair.MerkleMessages.Entry;
import io.kvmesh.repair.MerkleMessages.EntryPage;
import io.kvmesh.repair.MerkleMessages.Opening;
import io.kvmesh.repair.MerkleMessages.Statement;
import io.kvmesh.replica.PageMessages.KeyedCell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The bytes of comparisons, as docs/formats/repair.md states them. */
class MerkleMessagesTest {
    private static final Version VERSION = new Version(0x0102030405060708L, new NodeId(0x1112131415161718L));
    private static final MapId MAP = new MapId(0x2122232425262728L);
    private static final Key FIRST = Key.of(0x00A1, new byte[] {0x75});
    private static final Key SECOND = Key.of(0x00A1, new byte[] {0x76});
    private static final Key THIRD = Key.of(0x00A1, new byte[] {0x77});
    private static final CompareScope SCOPE = new CompareScope(MAP, 0x00A1, 0x3132, 0x4142);
    private static final Statement STATEMENT =
            new Statement(MAP, 0x00A1, 0x5152, List.of(new NodeId(1), new NodeId(2)));
    private static final EntryPage PAGE = new EntryPage(
            List.of(new Entry(FIRST, VERSION, false, 0x6162), new Entry(SECOND, VERSION, true, 0x6364)), THIRD);

    private static Map<String, ByteWriter> messages() {
        Map<String, ByteWriter> messages = new LinkedHashMap<>();
        messages.put("open", MerkleMessages.open(MapDescriptor.of("places", "long.1", "kryo.1"), 0x00A1));
        messages.put("root", MerkleMessages.root(SCOPE, 2));
        messages.put("children", MerkleMessages.children(SCOPE, 2, 1, List.of(3, 15)));
        messages.put("list", MerkleMessages.list(SCOPE, 2, FIRST, BitSet.valueOf(new byte[] {0x05, (byte) 0x80})));
        messages.put("cells", MerkleMessages.cells(MAP, List.of(FIRST, SECOND)));
        messages.put(
                "push",
                MerkleMessages.push(
                        MAP,
                        List.of(
                                new KeyedCell(FIRST, Cell.of(new byte[] {0x2A}, VERSION)),
                                new KeyedCell(SECOND, Cell.tombstone(VERSION)))));
        messages.put("seal", MerkleMessages.seal(STATEMENT, 9));
        messages.put("mark", MerkleMessages.mark(STATEMENT));
        messages.put("maps", MerkleMessages.request(MerkleKind.MAPS));
        messages.put("refused", MerkleMessages.refused(new ByteWriter(16), "no"));
        messages.put("opening", reply(reply -> MerkleMessages.putOpening(reply, new Opening(9, 0x3132))));
        messages.put("node", reply(reply -> MerkleMessages.putNode(reply, new Hash128(1, 2))));
        messages.put("entries", reply(reply -> MerkleMessages.putEntries(reply, PAGE)));
        messages.put(
                "found", reply(reply -> MerkleMessages.putFound(reply, Arrays.asList(null, Cell.tombstone(VERSION)))));
        messages.put(
                "maps-reply",
                reply(reply -> MerkleMessages.putMaps(reply, List.of(MapDescriptor.of("places", "long.1", "kryo.1")))));
        return messages;
    }

    private static ByteWriter reply(Consumer<ByteWriter> body) {
        ByteWriter writer = MerkleMessages.done(new ByteWriter(16));
        body.accept(writer);
        return writer;
    }

    @Test
    void messagesHaveTheBytesThatAreStored() throws IOException {
        List<String> lines = new ArrayList<>();
        messages()
                .forEach((name, writer) -> lines.add(name + " " + HexFormat.of().formatHex(writer.toBytes())));
        try (InputStream stored = MerkleMessagesTest.class.getResourceAsStream("merkle-v1.txt")) {
            String text = new String(Objects.requireNonNull(stored).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(lines).containsExactlyElementsOf(text.lines().toList());
        }
    }

    private static ByteReader reader(String name) {
        return new ByteReader(Objects.requireNonNull(messages().get(name)).toBytes());
    }

    private static ByteReader body(String name) {
        ByteReader reader = reader(name);
        assertThat(MerkleMessages.readKind(reader).name()).isEqualToIgnoringCase(name);
        return reader;
    }

    private static ByteReader answer(String name) {
        ByteReader reader = reader(name);
        assertThat(MerkleMessages.readRefusal(reader)).isNull();
        return reader;
    }

    @Test
    void whatIsWrittenIsRead() {
        ByteReader children = body("children");
        assertThat(MerkleMessages.readScope(children)).isEqualTo(SCOPE);
        assertThat(MerkleMessages.readLevels(children)).isEqualTo(2);
        assertThat(children.readUnsignedByte()).isEqualTo(1);
        assertThat(MerkleMessages.readNodes(children, 1)).containsExactly(3, 15);
        ByteReader list = body("list");
        MerkleMessages.readScope(list);
        MerkleMessages.readLevels(list);
        assertThat(MerkleMessages.readKey(list)).isEqualTo(FIRST);
        assertThat(MerkleMessages.readLeaves(list, 2).stream()).containsExactly(0, 2, 15);
        ByteReader cells = body("cells");
        assertThat(cells.readLong()).isEqualTo(MAP.value());
        assertThat(MerkleMessages.readKeys(cells)).containsExactly(FIRST, SECOND);
        ByteReader push = body("push");
        push.readLong();
        assertThat(MerkleMessages.readCells(push)).hasSize(2);
        ByteReader seal = body("seal");
        assertThat(MerkleMessages.readStatement(seal)).isEqualTo(STATEMENT);
        assertThat(seal.readLong()).isEqualTo(9);
        assertThat(MerkleMessages.readRefusal(reader("refused"))).isEqualTo("no");
        assertThat(MerkleMessages.readOpening(answer("opening"))).isEqualTo(new Opening(9, 0x3132));
        assertThat(MerkleMessages.readNode(answer("node"))).isEqualTo(new Hash128(1, 2));
        assertThat(MerkleMessages.readEntries(answer("entries"), FIRST)).isEqualTo(PAGE);
        List<Key> keys = new ArrayList<>(List.of(FIRST, SECOND, THIRD));
        assertThat(MerkleMessages.readFound(answer("found"), keys))
                .containsExactly(new KeyedCell(SECOND, Cell.tombstone(VERSION)));
        assertThat(keys).containsExactly(THIRD);
        assertThat(MerkleMessages.readMaps(answer("maps-reply"))).hasSize(1);
    }

    @Test
    void unreasonableMessagesAreRefused() {
        assertRefused(() -> MerkleMessages.readKind(hex("0a")), "unknown kind 10");
        assertRefused(() -> MerkleMessages.readRefusal(hex("02")), "unknown status 2");
        assertRefused(() -> MerkleMessages.readLevels(hex("05")), "5 levels is over the limit of 4");
        assertRefused(() -> MerkleMessages.readNodes(hex("0000"), 1), "the children of 0 nodes");
        assertRefused(() -> MerkleMessages.readNodes(hex("0201"), 1), "1 to 512 are allowed");
        assertRefused(() -> MerkleMessages.readNodes(hex("00010010"), 1), "level 1 of a tree has no node 16");
        assertRefused(() -> MerkleMessages.readLeaves(hex("00000003000001"), 1), "has no leaf 16");
        assertRefused(() -> MerkleMessages.readKey(hex("0000000100")), "has no partition");
        assertRefused(() -> MerkleMessages.readKeys(hex("00000000")), "1 to 1000 are allowed");
        assertRefused(
                () -> MerkleMessages.readStatement(hex("0000000000000001" + "0002" + "0000000000000003" + "41")),
                "65 replicas are over the limit of 64");
        assertRefused(() -> MerkleMessages.readEntries(answer("entries"), SECOND), "does not belong into the list");
        assertRefused(() -> MerkleMessages.readEntries(answer("entries"), THIRD), "cannot go on at");
        assertRefused(
                () -> MerkleMessages.readFound(answer("found"), new ArrayList<>(List.of(FIRST))),
                "cells of 2 keys came in answer to a request for 1");
    }

    private static ByteReader hex(String text) {
        return new ByteReader(HexFormat.of().parseHex(text));
    }

    private static void assertRefused(Runnable reading, String reason) {
        assertThatThrownBy(reading::run)
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining(reason);
    }
}
