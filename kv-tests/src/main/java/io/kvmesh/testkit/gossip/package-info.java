/** The program {@code kv-tests/bin/gossip}: how fast news spreads through a large ring, and what it costs. */
@NullMarked
package io.kvmesh.testkit.gossip;

import org.jspecify.annotations.NullMarked;
