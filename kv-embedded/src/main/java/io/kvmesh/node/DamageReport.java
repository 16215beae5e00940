package io.kvmesh.node;

import io.kvmesh.repair.DamageRepair;
import io.kvmesh.storage.Damage;
import io.kvmesh.storage.StorageEngine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells people of damaged tables, and what becomes of them. Safe for any thread. */
record DamageReport(StorageEngine engine, @Nullable DamageRepair repair) {
    /** More tables than this are only counted. */
    private static final int TABLES_MAX = 10;

    /** A sentence for each damaged table. */
    List<String> problems() {
        List<Damage> damages = engine.damages().all();
        List<String> problems = new ArrayList<>();
        for (Damage damage : damages.subList(0, Math.min(damages.size(), TABLES_MAX))) {
            problems.add(damage.reason() + "; " + remedy(damage));
        }
        if (damages.size() > TABLES_MAX) {
            problems.add((damages.size() - TABLES_MAX) + " more tables are damaged");
        }
        return problems;
    }

    private String remedy(Damage damage) {
        if (repair == null) {
            return "no other member has these keys: restore them from a backup";
        }
        String obstacle = repair.obstacle(damage);
        return obstacle == null
                ? "other replicas answer for these keys until they are repaired"
                : "other replicas answer for these keys; their repair waits: " + obstacle;
    }
}
