package io.kvmesh.testkit.mutants;

import io.kvmesh.testkit.bench.ChildLink;
import io.kvmesh.testkit.campaign.Simulate;
import java.io.IOException;

/** A campaign in a process of its own, which ends with its parent. Stateless. */
final class CampaignChild {
    private static final int EXIT_ORPHANED = 3;

    private CampaignChild() {}

    public static void main(String[] arguments) throws InterruptedException {
        Thread watch = new Thread(CampaignChild::endWithParent, "parent");
        watch.setDaemon(true);
        watch.start();
        Simulate.main(arguments);
    }

    /** What the parent sends is of no interest, only that it ends. */
    private static void endWithParent() {
        try {
            ChildLink parent = new ChildLink();
            String line = parent.nextCommand();
            while (line != null) {
                line = parent.nextCommand();
            }
        } catch (IOException e) {
            System.err.println("the parent cannot be heard any more: " + e);
        }
        Runtime.getRuntime().halt(EXIT_ORPHANED);
    }
}
