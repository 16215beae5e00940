package io.kvmesh.storage.memtable;

/**
 * A byte that tells most keys that differ from one another, so that few of them need be looked at. Stateless. Nothing
 * is stored that depends on it.
 */
final class Fingerprint {
    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    private Fingerprint() {}

    /** Of a key, whose prefix is given as well. */
    static int of(byte[] key, long high, long low) {
        long hash = (high ^ key.length) * FACTOR;
        hash = (Long.rotateLeft(hash, 32) ^ low) * FACTOR;
        int at = KeyNodes.PREFIX_BYTES;
        for (; at + Long.BYTES <= key.length; at += Long.BYTES) {
            hash = (Long.rotateLeft(hash, 32) ^ Words.getLong(key, at)) * FACTOR;
        }
        if (at < key.length) {
            hash = (Long.rotateLeft(hash, 32) ^ KeyNodes.prefix(key, at)) * FACTOR;
        }
        return (int) (hash >>> 56);
    }
}
