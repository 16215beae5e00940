package io.kvmesh.transport;

/** Where a member listens. Immutable. */
public record PeerAddress(String host, int port) {
    private static final int PORT_MAX = 65_535;

    public PeerAddress {
        if (host.isEmpty() || port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("'" + host + ":" + port + "' is not a host and a port");
        }
    }

    /** From {@code host:port}. */
    public static PeerAddress parse(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("'" + hostAndPort + "' must be host:port");
        }
        return new PeerAddress(hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
