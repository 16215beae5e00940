package io.kvmesh.testkit;

import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.runtime.RandomSource;
import java.time.Duration;

/**
 * A story of three stores through the public API: reads and writes while frames get lost, members are killed, lose power,
 * are cut off and come back. Confined to one thread.
 */
final class ClusterTraceScenario {
    private static final int MEMBERS = 3;
    private static final int STEPS = 12;
    private static final int OPERATIONS_PER_STEP = 60;
    private static final int KEYS = 40;
    private static final int VALUE_BYTES_MAX = 2_000;

    private final SimCluster cluster;
    private final RandomSource random;
    private int failed;

    private ClusterTraceScenario(long seed) {
        cluster = SimCluster.of(MEMBERS).seed(seed);
        random = cluster.loop().random().split();
    }

    /** Plays the whole story of a seed. */
    static SimCluster run(long seed) {
        ClusterTraceScenario scenario = new ClusterTraceScenario(seed);
        scenario.play();
        return scenario.cluster;
    }

    private void play() {
        cluster.start();
        cluster.network()
                .use(LinkSettings.RELIABLE.withLoss(0.02).withDuplication(0.02).withReordering(0.05));
        for (int step = 0; step < STEPS; step++) {
            operate(cluster.member(random.nextInt(MEMBERS)));
            hurt(cluster.member(random.nextInt(MEMBERS)));
        }
        cluster.network().heal();
        cluster.network().use(LinkSettings.RELIABLE);
        cluster.awaitAllAlive();
        cluster.stop();
        cluster.loop().note(failed + " operations failed");
        cluster.checkFailures();
    }

    private void operate(SimMember member) {
        KvMap<String, byte[]> map = member.store().map("trace", String.class, byte[].class);
        for (int i = 0; i < OPERATIONS_PER_STEP; i++) {
            String key = "key-" + random.nextInt(KEYS);
            try {
                if (random.chance(0.5)) {
                    map.set(key, new byte[random.nextInt(VALUE_BYTES_MAX)]);
                } else {
                    byte[] value = map.get(key);
                    cluster.loop().note(key + " has " + (value == null ? "no value" : value.length + " bytes"));
                }
            } catch (KvException e) {
                failed++;
            }
            cluster.runFor(Duration.ofMillis(random.nextInt(50)));
        }
    }

    private void hurt(SimMember member) {
        switch (random.nextInt(5)) {
            case 0 -> {
                member.kill();
                member.start();
            }
            case 1 -> {
                member.losePower();
                member.start();
            }
            case 2 -> {
                member.pause();
                cluster.settle();
                member.resume();
            }
            case 3 -> cluster.network().isolate(member.index());
            default -> cluster.network().heal();
        }
    }
}
