package io.kvmesh.testkit.mutants;

import java.util.List;

/**
 * A bug that is planted on purpose. Immutable.
 *
 * @param about what is wrong, and how it could come about
 * @param scenario the scenario of the campaign that is to catch it
 * @param reason why it is not the general campaign; empty if it is
 * @param arguments further arguments of the campaign
 */
record Mutant(String name, String about, String scenario, String reason, List<String> arguments, List<Edit> edits) {
    /** The general campaign, in which every seed draws its scenario. */
    static final String ANY = "any";

    private static final String ENVIRONMENT = "kv-tests/";

    Mutant {
        arguments = List.copyOf(arguments);
        edits = List.copyOf(edits);
    }

    /** Whether the bug is in the simulated world around the members rather than in the members. */
    boolean isInEnvironment() {
        return edits.stream().anyMatch(edit -> edit.file().startsWith(ENVIRONMENT));
    }
}
