@NullMarked
package io.kvmesh.storage.memtable;

import org.jspecify.annotations.NullMarked;
