package io.kvmesh.examples.places;

import io.kvmesh.api.Admin;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberState;
import io.kvmesh.api.StoreClosedException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tells the driver at once when this member changes its mind about another one. Confined to its own thread. */
final class MemberWatch {
    private static final long POLL_MILLIS = 50;

    private final Admin admin;
    private final Consumer<Line> answers;
    private final Map<String, MemberState> known = new TreeMap<>();

    MemberWatch(Admin admin, Consumer<Line> answers) {
        this.admin = admin;
        this.answers = answers;
    }

    void start() {
        Thread thread = new Thread(this::watch, "places-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        try {
            while (true) {
                for (MemberInfo member : admin.members()) {
                    look(member);
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException | StoreClosedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(MemberInfo member) {
        if (known.put(member.id(), member.state()) != member.state()) {
            answers.accept(Line.of("STATE")
                    .with("id", member.id())
                    .with("state", member.state())
                    .with("at", System.currentTimeMillis()));
        }
    }
}
