package io.kvmesh.testkit;

import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.runtime.RandomSource;
import java.time.Duration;

/**
 * A story of simulated threads, two in every member, which read and write the same few keys, while another one kills,
 * pauses, cuts off and restarts the members. Confined to the simulation's thread.
 */
final class ThreadTraceScenario {
    private static final int MEMBERS = 3;
    private static final int THREADS_PER_MEMBER = 2;
    private static final int OPERATIONS_PER_THREAD = 100;
    private static final int KEYS = 5;
    private static final int FAULTS = 4;
    private static final Duration LIMIT = Duration.ofMinutes(30);

    private final SimCluster cluster;

    private ThreadTraceScenario(SimCluster cluster) {
        this.cluster = cluster;
    }

    /** Plays the whole story of a seed. */
    static SimCluster run(long seed) {
        try (SimCluster cluster = SimCluster.of(MEMBERS).seed(seed)) {
            new ThreadTraceScenario(cluster).play();
            return cluster;
        }
    }

    private void play() {
        cluster.start();
        cluster.members().forEach(this::work);
        RandomSource random = cluster.loop().random().split();
        cluster.run("faults", () -> {
            for (int i = 0; i < FAULTS; i++) {
                SimThread.sleep(Duration.ofMillis(random.nextInt(300)));
                hurt(cluster.member(random.nextInt(MEMBERS)), random);
            }
        });
        cluster.join(LIMIT);
        cluster.stop();
        cluster.checkFailures();
    }

    private void work(SimMember member) {
        for (int i = 0; i < THREADS_PER_MEMBER; i++) {
            RandomSource random = cluster.loop().random().split();
            member.run("worker-" + i, () -> operate(member, random));
        }
    }

    private void operate(SimMember member, RandomSource random) {
        KvMap<String, Long> map = member.store().map("trace", String.class, Long.class);
        for (int i = 0; i < OPERATIONS_PER_THREAD; i++) {
            String key = "key-" + random.nextInt(KEYS);
            try {
                long value = map.getOrDefault(key, 0L);
                cluster.loop().note(key + " is " + value);
                map.set(key, value + 1);
            } catch (KvException e) {
                SimThread.sleep(Duration.ofMillis(10));
            }
        }
    }

    private void hurt(SimMember member, RandomSource random) {
        switch (random.nextInt(3)) {
            case 0 -> {
                member.kill();
                member.start();
                work(member);
            }
            case 1 -> {
                member.pause();
                cluster.runFor(Duration.ofSeconds(1));
                member.resume();
            }
            default -> {
                cluster.network().isolate(member.index());
                cluster.runFor(Duration.ofSeconds(1));
                cluster.network().heal();
            }
        }
        cluster.awaitAllAlive();
    }
}
