package io.kvmesh.storage.record;

/** Gives records in ascending order of their keys, one after the other. Not safe for several threads. */
public interface RecordSource {

    /**
     * Moves to the next record. False at the end.
     *
     * @throws io.kvmesh.api.CorruptDataException if it is damaged
     */
    boolean next();

    /** The record that the source stands on: always the same object, which shows the next one from then on. */
    RecordView record();
}
