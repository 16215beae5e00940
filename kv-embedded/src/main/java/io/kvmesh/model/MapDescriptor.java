package io.kvmesh.model;

/**
 * What members must agree on about a map. Immutable.
 *
 * @param keyCodec the name and version of the codec of its keys
 * @param valueCodec the name and version of the codec of its values
 */
public record MapDescriptor(MapId id, String name, String keyCodec, String valueCodec) {

    public static MapDescriptor of(String name, String keyCodec, String valueCodec) {
        return new MapDescriptor(MapId.ofName(name), name, keyCodec, valueCodec);
    }
}
