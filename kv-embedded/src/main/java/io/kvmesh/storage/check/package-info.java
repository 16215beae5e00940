/** Checks of files that no store has open. Read {@link io.kvmesh.storage.check.Findings} first. */
@NullMarked
package io.kvmesh.storage.check;

import org.jspecify.annotations.NullMarked;
