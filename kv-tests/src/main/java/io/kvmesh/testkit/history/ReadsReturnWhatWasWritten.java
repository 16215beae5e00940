package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.List;

/**
 * A value that is read was written under that key, to the last character, by a write that had begun and did not report
 * that it did nothing. Stateless.
 */
public final class ReadsReturnWhatWasWritten implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        List<Operation> operations = evidence.history().operations();
        for (Operation read : operations) {
            String value = read.value();
            if (!read.isRead() || !read.isDone() || value == null) {
                continue;
            }
            int number = TaggedValue.numberIn(read.key(), value);
            if (number < 0 || number >= operations.size()) {
                add(violations, read, "a read saw a value that was never written under its key: " + value);
                continue;
            }
            Operation write = operations.get(number);
            if (write.kind() != OperationKind.WRITE || !value.equals(write.value())) {
                add(violations, read, "a read saw another value than the write had: " + write);
            } else if (write.result() == OperationResult.NOTHING_DONE) {
                add(violations, read, "a read saw a write that had reported that nothing was done: " + write);
            } else if (write.callNanos() > read.returnNanos()) {
                add(violations, read, "a read saw a write that had not begun: " + write);
            }
        }
        return violations;
    }

    private void add(List<Violation> violations, Operation read, String message) {
        violations.add(new Violation(name(), message, read.returnNanos(), List.of(read.toString())));
    }
}
