@NullMarked
package io.kvmesh.repair;

import org.jspecify.annotations.NullMarked;
