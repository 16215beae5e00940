package io.kvmesh.transport.jgroups;

import java.util.ArrayList;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.protocols.PerDestinationBundler;

/**
 * One bounded queue and one sender thread for each destination, so that no peer holds up another. Safe for any thread.
 */
final class KvBundler extends PerDestinationBundler {
    /** Messages waiting for one peer. Above the budget of requests and replies that the messenger allows a peer. */
    static final int QUEUE_MESSAGES_MAX = 2048;

    /** Addresses that are contacted without knowing who listens there. Each costs a thread until it is forgotten. */
    static final int CONTACTS_MAX = 64;

    KvBundler() {
        use_single_sender_thread = false;
        capacity = QUEUE_MESSAGES_MAX;
    }

    /** Frames dropped because the queue to their peer was full. */
    long droppedOnFullQueue() {
        return num_drops_on_full_queue.sum();
    }

    /** Makes room for a first contact: beyond the bound all queues to bare addresses are dropped with their threads. */
    void admitContact(Address contact) {
        if (!dests.containsKey(contact) && contacts().size() >= CONTACTS_MAX) {
            forgetContacts();
        }
    }

    /** Drops the queues to bare addresses. What waits there is lost; a hello is said again. */
    void forgetContacts() {
        removeLeftMembers(contacts());
    }

    private List<Address> contacts() {
        List<Address> contacts = new ArrayList<>();
        for (Address destination : dests.keySet()) {
            if (destination instanceof PhysicalAddress) {
                contacts.add(destination);
            }
        }
        return contacts;
    }
}
