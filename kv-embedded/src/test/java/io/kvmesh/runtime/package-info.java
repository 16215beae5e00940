@NullMarked
package io.kvmesh.runtime;

import org.jspecify.annotations.NullMarked;
