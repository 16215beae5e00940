/** The program {@code kv-tests/bin/merkle}: how many bytes the comparison of two replicas takes. */
@NullMarked
package io.kvmesh.testkit.merkle;

import org.jspecify.annotations.NullMarked;
