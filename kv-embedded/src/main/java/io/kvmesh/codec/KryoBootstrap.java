package io.kvmesh.codec;

/** The only way to the classes of Kryo, so that its settings are made before it is loaded. Stateless. */
final class KryoBootstrap {
    private static final String UNSAFE_PROPERTY = "kryo.unsafe";

    static {
        // Kryo reads this once. Its use of sun.misc.Unsafe prints a warning on JDK 24 and later, and gains us nothing.
        if (System.getProperty(UNSAFE_PROPERTY) == null) {
            System.setProperty(UNSAFE_PROPERTY, "false");
        }
    }

    private KryoBootstrap() {}

    static KryoEngine newEngine(ObjectTypes types) {
        return new KryoEngine(types);
    }
}
