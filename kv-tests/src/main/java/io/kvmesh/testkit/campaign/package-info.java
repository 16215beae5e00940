/**
 * The campaign: thousands of seeds, each a cluster of its own configuration with its own faults, under load, judged by
 * the checkers of {@link io.kvmesh.testkit.history}.
 */
@NullMarked
package io.kvmesh.testkit.campaign;

import org.jspecify.annotations.NullMarked;
