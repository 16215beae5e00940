package io.kvmesh.examples.places;

import io.kvmesh.api.Admin;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.StorageInfo;
import java.util.List;
import java.util.function.Consumer;

/** Does what the driver says, one command after the other. Confined to one thread. */
final class MemberCommands {
    /** An id that no place has. */
    private static final long NO_PLACE = -1;

    private final MemberSettings settings;
    private final Admin admin;
    private final KvMap<Long, Place> map;
    private final Consumer<Line> answers;
    private List<Place> file = List.of();

    MemberCommands(MemberSettings settings, Admin admin, KvMap<Long, Place> map, Consumer<Line> answers) {
        this.settings = settings;
        this.admin = admin;
        this.map = map;
        this.answers = answers;
    }

    /** Reads once with a quorum, as the sign that this member serves. */
    void serveFirstRead() throws InterruptedException {
        new Retries(new Latencies()).call(() -> map.containsKey(NO_PLACE));
        answers.accept(Line.of("SERVED"));
        file = PlacesFile.read(settings.records());
        answers.accept(Line.of("PREPARED").with("records", file.size()));
    }

    void obey(Line command) throws InterruptedException {
        switch (command.verb()) {
            case "WRITE" -> run(command, Workload.Kind.WRITE);
            case "READ" -> run(command, Workload.Kind.READ);
            case "RING" -> ring();
            case "STORAGE" -> storage();
            default -> throw new IllegalArgumentException("unknown command: " + command);
        }
    }

    private void run(Line command, Workload.Kind kind) throws InterruptedException {
        long growth = command.number("growth");
        List<Place> places =
                file.subList(Math.toIntExact(command.number("from")), Math.toIntExact(command.number("to"))).stream()
                        .map(place -> place.grownBy(growth))
                        .toList();
        WorkResult result = new Workload(map, places, kind)
                .run(
                        settings.threads(),
                        done -> answers.accept(Line.of("PROGRESS").with("done", done)));
        answers.accept(result.toLine());
    }

    private void ring() {
        for (MemberInfo member : admin.members()) {
            answers.accept(Line.of("MEMBER")
                    .with("id", member.id())
                    .with("address", member.address())
                    .with("state", member.state())
                    .with("ownership", member.ownership()));
        }
        answers.accept(Line.of("DONE"));
    }

    private void storage() {
        StorageInfo storage = admin.storage();
        answers.accept(Line.of("STORED")
                .with("total", storage.disk().totalBytes())
                .with("sstables", storage.disk().sstableBytes())
                .with("log", storage.disk().logBytes()));
        answers.accept(Line.of("DONE"));
    }
}
