/**
 * The test kit as annotations of JUnit 5: {@link io.kvmesh.testkit.junit.KvSim} runs a test in a simulated cluster
 * under many seeds, {@link io.kvmesh.testkit.junit.KvCluster} runs it with real members in this JVM.
 */
@NullMarked
package io.kvmesh.testkit.junit;

import org.jspecify.annotations.NullMarked;
