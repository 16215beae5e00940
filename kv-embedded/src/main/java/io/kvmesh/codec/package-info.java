/**
 * Bytes: {@link io.kvmesh.codec.ByteWriter} and {@link io.kvmesh.codec.ByteReader} for everything on disk and wire,
 * key codecs whose byte order is the natural order, and value codecs.
 */
@NullMarked
package io.kvmesh.codec;

import org.jspecify.annotations.NullMarked;
