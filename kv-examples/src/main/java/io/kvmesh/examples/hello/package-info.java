/**
 * The smallest programs: {@link io.kvmesh.examples.hello.Hello} alone, {@link io.kvmesh.examples.hello.Member} in a
 * mesh.
 */
@NullMarked
package io.kvmesh.examples.hello;

import org.jspecify.annotations.NullMarked;
