@NullMarked
package io.kvmesh.coordinator;

import org.jspecify.annotations.NullMarked;
