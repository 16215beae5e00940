/**
 * The program {@code kv-tests/bin/ring}: how evenly members share the partitions, and what moves when one comes or
 * goes.
 */
@NullMarked
package io.kvmesh.testkit.ring;

import org.jspecify.annotations.NullMarked;
