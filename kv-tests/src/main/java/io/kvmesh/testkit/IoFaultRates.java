package io.kvmesh.testkit;

/**
 * How often the calls of a disk go wrong. Immutable. Rates are probabilities per call, from 0 to 1.
 *
 * @param readFailure how many calls fail that change nothing: reading bytes, opening, listing
 * @param writeFailure how many calls fail that change bytes, names, the node store or the hint store
 * @param syncFailure how many syncs of files and directories fail
 * @param bitFlip how many reads of bytes get one wrong bit, while what is stored stays right
 * @param kill in how many calls the process is killed
 * @param powerLoss in how many calls the power is lost
 * @param message what calls that fail say
 */
public record IoFaultRates(
        double readFailure,
        double writeFailure,
        double syncFailure,
        double bitFlip,
        double kill,
        double powerLoss,
        String message) {
    /** Nothing goes wrong. */
    public static final IoFaultRates NONE = new IoFaultRates(0, 0, 0, 0, 0, 0, IoFaults.DISK_BROKEN);

    public IoFaultRates {
        checkRate("readFailure", readFailure);
        checkRate("writeFailure", writeFailure);
        checkRate("syncFailure", syncFailure);
        checkRate("bitFlip", bitFlip);
        checkRate("kill", kill);
        checkRate("powerLoss", powerLoss);
    }

    public IoFaultRates withReadFailures(double rate) {
        return new IoFaultRates(rate, writeFailure, syncFailure, bitFlip, kill, powerLoss, message);
    }

    public IoFaultRates withWriteFailures(double rate) {
        return new IoFaultRates(readFailure, rate, syncFailure, bitFlip, kill, powerLoss, message);
    }

    public IoFaultRates withSyncFailures(double rate) {
        return new IoFaultRates(readFailure, writeFailure, rate, bitFlip, kill, powerLoss, message);
    }

    public IoFaultRates withBitFlips(double rate) {
        return new IoFaultRates(readFailure, writeFailure, syncFailure, rate, kill, powerLoss, message);
    }

    public IoFaultRates withKills(double rate) {
        return new IoFaultRates(readFailure, writeFailure, syncFailure, bitFlip, rate, powerLoss, message);
    }

    public IoFaultRates withPowerLosses(double rate) {
        return new IoFaultRates(readFailure, writeFailure, syncFailure, bitFlip, kill, rate, message);
    }

    public IoFaultRates withMessage(String newMessage) {
        return new IoFaultRates(readFailure, writeFailure, syncFailure, bitFlip, kill, powerLoss, newMessage);
    }

    /** How many calls of this kind fail. */
    double failure(IoOperation operation) {
        return operation.isRead() ? readFailure : operation.isSync() ? syncFailure : writeFailure;
    }

    private static void checkRate(String name, double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException(name + " " + rate + " must be between 0 and 1");
        }
    }
}
