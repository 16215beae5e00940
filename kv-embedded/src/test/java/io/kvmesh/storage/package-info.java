@NullMarked
package io.kvmesh.storage;

import org.jspecify.annotations.NullMarked;
