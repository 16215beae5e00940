/** The program that shows what is in an SSTable: {@link io.kvmesh.testkit.table.SstableDump}. */
@NullMarked
package io.kvmesh.testkit.table;

import org.jspecify.annotations.NullMarked;
