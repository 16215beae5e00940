package io.kvmesh.transport.jgroups;

import java.util.List;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.protocols.TP;

/**
 * A channel that takes its address as given. Safe for any thread.
 *
 * <p>The stock channel makes up a name from the host's, which may wait for a name server, announces it in the log, and
 * remembers it in a table of the whole JVM.
 */
final class KvChannel extends JChannel {
    private final Address self;
    private final TP transport;

    KvChannel(Address self, TP transport) throws Exception {
        super(List.of(transport));
        this.self = self;
        this.transport = transport;
    }

    @Override
    protected JChannel setAddress() {
        local_addr = self;
        transport.setAddress(self);
        return this;
    }
}
