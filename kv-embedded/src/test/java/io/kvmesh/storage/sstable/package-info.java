@NullMarked
package io.kvmesh.storage.sstable;

import org.jspecify.annotations.NullMarked;
