@NullMarked
package io.kvmesh.storage.record;

import org.jspecify.annotations.NullMarked;
