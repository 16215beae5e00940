/** KvMesh: a durable, replicated map inside a Java application. Start at {@link io.kvmesh.KvStore}. */
@NullMarked
package io.kvmesh;

import org.jspecify.annotations.NullMarked;
