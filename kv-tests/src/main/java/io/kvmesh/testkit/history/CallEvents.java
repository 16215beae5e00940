package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls that are not placed yet, and which of them may come next. Confined to one thread.
 *
 * <p>Calls that took effect for sure and their latest times are in a linked list in the order of time, and those before
 * the first latest time may come next. Calls that may never take effect are in a list of their own and are offered
 * last, for most orders do without them. Calls are put back in the reverse order in which they were taken out.
 */
final class CallEvents<C> {
    private final Event<C> certain = new Event<>(null, -1, 0, null);
    private final Event<C> uncertain = new Event<>(null, -1, 0, null);

    /** The call of an operation, or the time by which it must have taken effect. */
    static final class Event<C> {
        private final @Nullable TimedCall<C> call;
        private final int index;
        private final long nanos;
        private final @Nullable Event<C> latest;
        private @Nullable Event<C> previous;
        private @Nullable Event<C> next;

        /** @param latest the other event of a call; null for that event, and for calls that may never take effect */
        private Event(@Nullable TimedCall<C> call, int index, long nanos, @Nullable Event<C> latest) {
            this.call = call;
            this.index = index;
            this.nanos = nanos;
            this.latest = latest;
        }

        /** Null if it is no call, but the latest time of one. */
        @Nullable
        TimedCall<C> call() {
            return call;
        }

        /** The number of the call. */
        int index() {
            return index;
        }

        private void unlink() {
            Event<C> before = previous;
            Event<C> after = next;
            if (before != null) {
                before.next = after;
            }
            if (after != null) {
                after.previous = before;
            }
        }

        private void relink() {
            Event<C> before = previous;
            Event<C> after = next;
            if (before != null) {
                before.next = this;
            }
            if (after != null) {
                after.previous = this;
            }
        }
    }

    CallEvents(List<TimedCall<C>> calls) {
        List<Event<C>> must = new ArrayList<>();
        List<Event<C>> may = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            TimedCall<C> call = calls.get(i);
            if (call.certain()) {
                Event<C> latest = new Event<>(null, i, call.latestNanos(), null);
                must.add(new Event<>(call, i, call.callNanos(), latest));
                must.add(latest);
            } else {
                may.add(new Event<>(call, i, call.callNanos(), null));
            }
        }
        link(certain, must);
        link(uncertain, may);
    }

    /** The first call that may come next. If there is none, the latest time of the call that must. */
    Event<C> first() {
        return orUncertain(certain.next);
    }

    /** The call that may come next besides those up to this one. If there is none, the latest time of one that must. */
    Event<C> after(Event<C> event) {
        if (event.latest != null) {
            return orUncertain(event.next);
        }
        Event<C> latest = certain.next;
        while (latest != null && latest.call != null) {
            latest = latest.next;
        }
        return earlier(event.next, latest);
    }

    /** Takes a call and its latest time out. */
    void take(Event<C> call) {
        call.unlink();
        if (call.latest != null) {
            call.latest.unlink();
        }
    }

    /** Puts the call back that was taken last. */
    void putBack(Event<C> call) {
        if (call.latest != null) {
            call.latest.relink();
        }
        call.relink();
    }

    private Event<C> orUncertain(@Nullable Event<C> next) {
        return next != null && next.call != null ? next : earlier(uncertain.next, next);
    }

    private static <C> Event<C> earlier(@Nullable Event<C> call, @Nullable Event<C> latest) {
        if (latest == null) {
            throw new IllegalStateException("no call is left that must take effect");
        }
        return call != null && call.nanos <= latest.nanos ? call : latest;
    }

    private static <C> void link(Event<C> head, List<Event<C>> events) {
        // Of events at the same time the calls come first: such operations have no order.
        events.sort(
                Comparator.<Event<C>>comparingLong(event -> event.nanos).thenComparing(event -> event.call == null));
        Event<C> last = head;
        for (Event<C> event : events) {
            last.next = event;
            event.previous = last;
            last = event;
        }
    }
}
