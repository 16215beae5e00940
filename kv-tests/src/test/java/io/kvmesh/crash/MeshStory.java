package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.StoreException;
import io.kvmesh.testkit.CrashKind;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.SimulationFailure;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A story of three members that write through each of them, flush, and restart the first one, on whose disk something
 * goes wrong at one call. Confined to one thread.
 */
final class MeshStory {
    private static final int MEMBERS = 3;
    private static final int ROUNDS = 4;
    private static final int KEYS = 12;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final String FILLING = "x".repeat(300);

    /** What goes wrong at the call, and how the process ends if it does not end by that. */
    enum Fault {
        CALL_FAILS_THEN_KILL(false, null, CrashKind.KILL),
        CALL_FAILS_THEN_POWER_LOSS(false, null, CrashKind.POWER_LOSS),
        DISK_BREAKS_THEN_POWER_LOSS(true, null, CrashKind.POWER_LOSS),
        KILL_IN_CALL(false, CrashKind.KILL, CrashKind.KILL),
        POWER_LOSS_IN_CALL(false, CrashKind.POWER_LOSS, CrashKind.POWER_LOSS);

        private final boolean lasting;
        private final @Nullable CrashKind inCall;
        private final CrashKind end;

        Fault(boolean lasting, @Nullable CrashKind inCall, CrashKind end) {
            this.lasting = lasting;
            this.inCall = inCall;
            this.end = end;
        }

        void inject(IoFaults faults, long call) {
            if (inCall != null) {
                faults.crashAt(call, inCall);
            } else if (lasting) {
                faults.failFrom(call, IoFaults.DISK_BROKEN);
            } else {
                faults.failCall(call, IoFaults.DISK_BROKEN);
            }
        }

        void end(SimMember member) {
            if (!member.isAlive()) {
                return;
            }
            switch (end) {
                case KILL -> member.kill();
                case POWER_LOSS -> member.losePower();
            }
        }
    }

    private final Fault fault;
    private final long faultyCall;
    private final SimCluster cluster;
    private final SimMember first;
    private final Map<String, String> acknowledged = new TreeMap<>();
    private final Map<String, Set<String>> unknown = new TreeMap<>();
    private int refused;
    private int crashes;
    private long callsInStory;

    /** @param faultyCall the number of the call at which something goes wrong; 0 for none */
    MeshStory(Fault fault, long faultyCall) {
        this.fault = fault;
        this.faultyCall = faultyCall;
        cluster = SimCluster.of(MEMBERS)
                .configure(config -> config.durability(Durability.SYNC)
                        .valueBytesMax(1_024)
                        .memtableBytes(8_192)
                        .logSegmentBytes(16_384))
                .seed(faultyCall);
        first = cluster.member(0);
    }

    /** How many operations were refused or remained unknown. */
    int refused() {
        return refused;
    }

    /** Whether anything of the story went another way than it does without faults. */
    boolean hurt() {
        return refused + crashes > 0;
    }

    /** How many calls of the first member's disk the story has before the faults end. */
    long callsInStory() {
        return callsInStory;
    }

    void play() {
        if (faultyCall > 0) {
            fault.inject(first.disk().faults(), faultyCall);
        }
        tryToStart();
        startOthers();
        write("before");
        flush();
        write("flushed");
        restart();
        write("restarted");
        callsInStory = first.disk().faults().calls();
        recover();
        verify();
    }

    private void tryToStart() {
        try {
            first.start();
        } catch (KvException | MemberCrashedError e) {
            crashes++;
        }
    }

    private void startOthers() {
        try {
            cluster.member(1).start();
            cluster.member(2).start();
            cluster.awaitAllAlive();
        } catch (StoreException | SimulationFailure e) {
            if (faultyCall == 0) {
                throw e;
            }
            // The ring is the first member's alone; while that is gone, or its disk is broken, nobody can join it.
            crashes++;
            fault.end(first);
            first.disk().faults().clear();
            first.start();
            List.of(cluster.member(1), cluster.member(2)).stream()
                    .filter(member -> !member.isOpen())
                    .forEach(SimMember::start);
            cluster.awaitAllAlive();
        }
    }

    private void flush() {
        if (first.isAlive()) {
            try {
                first.store().admin().flush();
            } catch (KvException | MemberCrashedError e) {
                crashes++;
            }
        }
    }

    private void restart() {
        fault.end(first);
        tryToStart();
        cluster.runFor(Duration.ofSeconds(3));
    }

    private void write(String part) {
        for (int i = 0; i < ROUNDS * KEYS; i++) {
            SimMember member = cluster.member(i % MEMBERS);
            if (!member.isAlive()) {
                member = cluster.member(1 + i % 2);
            }
            String key = "k" + i % KEYS;
            write(member, key, key + " " + part + " " + i + FILLING);
            cluster.runFor(PAUSE);
        }
    }

    private void write(SimMember member, String key, String value) {
        try {
            map(member).set(key, value);
            acknowledged.put(key, value);
            unknown.remove(key);
        } catch (KvException | MemberCrashedError e) {
            unknown.computeIfAbsent(key, k -> new HashSet<>()).add(value);
            refused++;
        }
    }

    /** Ends the first member's process once more, and lets all go well from here on. */
    private void recover() {
        fault.end(first);
        first.disk().faults().clear();
        first.start();
        cluster.awaitAllAlive();
        cluster.settle();
    }

    private void verify() {
        cluster.members().forEach(this::verifyReads);
        map(first).set("after", "written");
        assertThat(map(cluster.member(1)).get("after")).isEqualTo("written");
        // Fails if a store leaves files open.
        cluster.stop();
        cluster.checkFailures();
    }

    private void verifyReads(SimMember member) {
        acknowledged.forEach((key, value) -> {
            Set<String> possible = new HashSet<>(unknown.getOrDefault(key, Set.of()));
            possible.add(value);
            assertThat(map(member).get(key))
                    .as("%s at member %d", key, member.index())
                    .isIn(possible);
        });
    }

    private static KvMap<String, String> map(SimMember member) {
        return member.store().map("m", String.class, String.class).with(ConsistencyLevel.QUORUM);
    }
}
