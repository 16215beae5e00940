/** The program that checks directories of stores: {@link io.kvmesh.testkit.verify.Verify}. */
@NullMarked
package io.kvmesh.testkit.verify;

import org.jspecify.annotations.NullMarked;
