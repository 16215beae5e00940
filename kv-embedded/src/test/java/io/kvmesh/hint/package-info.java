@NullMarked
package io.kvmesh.hint;

import org.jspecify.annotations.NullMarked;
