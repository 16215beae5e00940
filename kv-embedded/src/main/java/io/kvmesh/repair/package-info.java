/**
 * Brings back what a member lost, from the other replicas. Read {@code DamageRepair}, then {@code RepairPlan} and
 * {@code RangeFetch}.
 */
@NullMarked
package io.kvmesh.repair;

import org.jspecify.annotations.NullMarked;
