/**
 * How members talk: {@link io.kvmesh.transport.Transport} moves single frames and promises nothing,
 * {@link io.kvmesh.transport.Messenger} makes conversations of them (hello, requests and replies, deadlines, budgets).
 */
@NullMarked
package io.kvmesh.transport;

import org.jspecify.annotations.NullMarked;
