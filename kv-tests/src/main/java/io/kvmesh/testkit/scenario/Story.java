package io.kvmesh.testkit.scenario;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The failures that {@code scenario} plays. */
enum Story {
    MEMBER_LOST(4, "A member is lost for ever, and another one takes its place."),
    SPLIT(3, "The network splits, and both sides are written to."),
    DISK_DAMAGE(3, "Bits of the files of one member change."),
    HOT_KEY(3, "Everybody asks for one key, and then a member that holds it hangs."),
    DATA_CENTER_LOST(6, "A data centre of three members is lost, and comes back.");

    private final int places;
    private final String title;

    Story(int places, String title) {
        this.places = places;
        this.title = title;
    }

    /** The name on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String title() {
        return title;
    }

    int places() {
        return places;
    }

    /** Plays it on members that are not started yet. */
    void play(ScenarioMesh mesh, Narrator narrator, int records) {
        switch (this) {
            case MEMBER_LOST -> LostMember.play(mesh, narrator, records);
            case SPLIT -> SplitNetwork.play(mesh, narrator, records);
            case DISK_DAMAGE -> DamagedDisk.play(mesh, narrator, records);
            case HOT_KEY -> HotKey.play(mesh, narrator, records);
            case DATA_CENTER_LOST -> LostDataCenter.play(mesh, narrator, records);
        }
    }

    static Optional<Story> of(String label) {
        return List.of(values()).stream()
                .filter(story -> story.label().equals(label))
                .findFirst();
    }
}
