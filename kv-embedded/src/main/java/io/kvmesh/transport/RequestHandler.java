package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;

/** Serves the requests of one verb. Called on transport threads; it must not block and may reply later. */
@FunctionalInterface
public interface RequestHandler {

    /** Serves one request whose deadline has not passed. The reader stands at the request's payload. */
    void onRequest(InboundRequest request, ByteReader payload);
}
