/**
 * Failures of members in JVMs of their own, and what they cost. {@link io.kvmesh.testkit.scenario.ScenarioMember} is a
 * process with one member and its load, {@link io.kvmesh.testkit.scenario.ScenarioMesh} several of them; the programs
 * are {@link io.kvmesh.testkit.scenario.Scenario}, which plays each {@link io.kvmesh.testkit.scenario.Story},
 * {@link io.kvmesh.testkit.scenario.Rejoin} and {@link io.kvmesh.testkit.scenario.Join}.
 */
@NullMarked
package io.kvmesh.testkit.scenario;

import org.jspecify.annotations.NullMarked;
