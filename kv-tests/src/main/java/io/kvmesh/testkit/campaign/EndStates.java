package io.kvmesh.testkit.campaign;

import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.TrafficInfo;
import io.kvmesh.codec.Codecs;
import io.kvmesh.codec.KeyCodec;
import io.kvmesh.model.Cell;
import io.kvmesh.model.MapId;
import io.kvmesh.node.Environment;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks at members from outside and inside at the end of a run. Confined to the simulation's thread. */
final class EndStates {
    private EndStates() {}

    /** The numbers of the members that hold each key, as the ring has it now. */
    static Map<String, List<Integer>> replicasOf(SimCluster cluster, Collection<String> keys) {
        Map<String, Integer> numbers = new TreeMap<>();
        cluster.running().forEach(member -> numbers.put(member.store().admin().nodeId(), member.index()));
        SimMember any = cluster.running().get(0);
        any.store().map(Callers.MAP, String.class, String.class);
        Map<String, List<Integer>> replicas = new TreeMap<>();
        for (String key : keys) {
            // A member whose disk was emptied has another identity: nobody is the old one any more.
            replicas.put(
                    key,
                    any.store().admin().replicasOf(Callers.MAP, key).stream()
                            .filter(numbers::containsKey)
                            .map(numbers::get)
                            .toList());
        }
        return replicas;
    }

    /** What each running member takes the ring to be. */
    static Map<Integer, String> rings(SimCluster cluster, Collection<String> keys) {
        Map<Integer, String> rings = new TreeMap<>();
        for (SimMember member : cluster.running()) {
            member.store().map(Callers.MAP, String.class, String.class);
            String owners = member.store().admin().members().stream()
                    // Those who are gone are forgotten at different times, or not even heard of.
                    .filter(info -> info.standing() != MemberStanding.NONE)
                    .map(EndStates::share)
                    .collect(Collectors.joining(" "));
            String places = keys.stream()
                    .map(key -> key + "=" + member.store().admin().replicasOf(Callers.MAP, key))
                    .collect(Collectors.joining(" "));
            rings.put(member.index(), owners + " " + places);
        }
        return rings;
    }

    /** What is still in use on members on which nothing goes on. */
    static List<String> leaks(SimCluster cluster) {
        List<String> leaks = new ArrayList<>();
        for (SimMember member : cluster.running()) {
            TrafficInfo traffic = member.store().admin().traffic();
            if (!traffic.equals(TrafficInfo.NONE)) {
                leaks.add("m" + member.index() + " is quiet, yet waits for others: " + traffic);
            }
        }
        return leaks;
    }

    /** The files that members put aside because they could not read them, and those that they cannot read now. */
    static List<String> damages(SimCluster cluster) {
        List<String> damages = new ArrayList<>();
        for (SimMember member : cluster.running()) {
            Path quarantine = member.directory().resolve("quarantine");
            member.disk().fileSizesBytes().forEach((file, size) -> {
                if (file.startsWith(quarantine)) {
                    damages.add("m" + member.index() + " put " + file + " aside");
                }
            });
            long tables = member.store().admin().storage().disk().damagedSstableCount();
            if (tables > 0) {
                damages.add("m" + member.index() + " has " + tables + " damaged tables");
            }
        }
        return damages;
    }

    /** Opens the disks of members that are stopped, and yields the cell of each key on each of its replicas. */
    static Map<String, Map<Integer, String>> cells(
            SimCluster cluster, Map<String, List<Integer>> replicasOf, RunSettings settings) {
        KeyCodec<String> codec = new Codecs(List.of()).keyCodec(String.class);
        Map<String, Map<Integer, String>> cells = new TreeMap<>();
        for (SimMember member : cluster.members()) {
            Environment environment = member.startProcess();
            try (StorageEngine engine = StorageEngine.open(
                    StorageConfig.of(member.config()),
                    environment.files(),
                    environment.clock(),
                    environment.scheduler(),
                    environment.random())) {
                replicasOf.forEach((key, replicas) -> {
                    if (replicas.contains(member.index())) {
                        cells.computeIfAbsent(key, absent -> new TreeMap<>())
                                .put(
                                        member.index(),
                                        describe(read(engine, codec.encode(key), settings.partitions()), settings));
                    }
                });
            }
            environment.scheduler().close();
            member.kill();
        }
        return cells;
    }

    private static String describe(@Nullable Cell cell, RunSettings settings) {
        if (cell == null || (cell.isTombstone() && settings.forgetsDeletions())) {
            return "nothing";
        }
        return cell + (cell.isTombstone() ? "" : " #" + Integer.toHexString(Arrays.hashCode(cell.value())));
    }

    private static @Nullable Cell read(StorageEngine engine, byte[] key, int partitions) {
        MapId map = MapId.ofName(Callers.MAP);
        return engine.map(map) == null ? null : engine.read(map, new Partitioner(partitions).key(key));
    }

    private static String share(MemberInfo member) {
        return member.id() + ":" + member.tokens() + ":" + member.ownership();
    }
}
