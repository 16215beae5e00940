package io.kvmesh.testkit;

import io.kvmesh.api.KvConfig;
import io.kvmesh.model.NodeId;
import io.kvmesh.node.Environment;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A story that uses every simulated seam: members that gossip numbers, write them down, crash, lose power, pause, and are
 * cut off. Confined to one thread.
 */
final class TraceScenario {
    private static final int MEMBERS = 5;
    private static final Duration STEP = Duration.ofSeconds(2);
    private static final int STEPS = 15;
    private static final long GOSSIP_NANOS = 50_000_000L;

    private final SimCluster cluster;
    private final RandomSource faults;
    private long generation;

    private TraceScenario(long seed) {
        cluster = SimCluster.of(MEMBERS).seed(seed);
        faults = cluster.loop().random().split();
    }

    /** Plays the whole story of a seed. */
    static SimCluster run(long seed) {
        TraceScenario scenario = new TraceScenario(seed);
        scenario.play();
        return scenario.cluster;
    }

    private void play() {
        cluster.network()
                .use(LinkSettings.RELIABLE.withLoss(0.05).withDuplication(0.05).withReordering(0.1));
        cluster.members().forEach(this::start);
        for (int step = 0; step < STEPS; step++) {
            cluster.runFor(STEP);
            hurt(cluster.member(faults.nextInt(MEMBERS)));
        }
        cluster.checkFailures();
    }

    private void hurt(SimMember member) {
        switch (faults.nextInt(5)) {
            case 0 -> {
                member.kill();
                start(member);
            }
            case 1 -> {
                member.losePower();
                start(member);
            }
            case 2 -> {
                member.pause();
                cluster.runFor(STEP);
                member.resume();
            }
            case 3 -> cluster.network().isolate(member.index());
            default -> cluster.network().heal();
        }
    }

    private void start(SimMember member) {
        Environment environment = member.startProcess();
        KvConfig config = KvConfig.builder()
                .directory(member.directory())
                .cluster("trace")
                .bind(member.address().host(), member.address().port())
                .build();
        try {
            new Talker(member, environment, environment.transports().create(config)).start(++generation);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The code of one process. Confined to the simulation's thread. */
    private final class Talker {
        private final SimMember member;
        private final Environment environment;
        private final Transport transport;
        private final AppendFile log;
        private long sum;

        Talker(SimMember member, Environment environment, Transport transport) throws IOException {
            this.member = member;
            this.environment = environment;
            this.transport = transport;
            Path file = member.directory().resolve("log-" + generation);
            log = environment.files().create(file);
            environment.files().syncDirectory(member.directory());
        }

        void start(long newGeneration) throws IOException {
            transport.start(
                    new PeerId(new NodeId(member.index() + 1), newGeneration), (from, buffer, offset, length) -> {
                        long number = ByteBuffer.wrap(buffer, offset, length).getLong();
                        environment.scheduler().offer(Lane.LOG, () -> write(number));
                        if (number % 3 != 0) {
                            send(member(number), number / 2);
                        }
                    });
            gossip();
        }

        private void gossip() {
            send(environment.random().nextInt(MEMBERS), environment.random().nextLong());
            environment.scheduler().schedule(Lane.CONTROL, GOSSIP_NANOS, this::gossip);
        }

        private int member(long number) {
            return (int) Long.remainderUnsigned(number ^ environment.clock().wallMicros(), MEMBERS);
        }

        private void send(int to, long number) {
            byte[] frame = ByteBuffer.allocate(Long.BYTES).putLong(number + sum).array();
            transport.sendToAddress(cluster.member(to).address(), frame, 0, frame.length);
        }

        private void write(long number) {
            sum += number;
            try {
                log.append(ByteBuffer.allocate(Long.BYTES).putLong(number).array(), 0, Long.BYTES);
                if (number % 8 == 0) {
                    log.sync();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
