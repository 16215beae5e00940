@NullMarked
package io.kvmesh.storage.log;

import org.jspecify.annotations.NullMarked;
