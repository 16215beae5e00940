/**
 * Plants known bugs and shows that campaigns catch them: {@link io.kvmesh.testkit.mutants.Mutants} is the program,
 * {@link io.kvmesh.testkit.mutants.Mutant} a planted bug, {@link io.kvmesh.testkit.mutants.Hunt} what is done with one.
 */
@NullMarked
package io.kvmesh.testkit.mutants;

import org.jspecify.annotations.NullMarked;
