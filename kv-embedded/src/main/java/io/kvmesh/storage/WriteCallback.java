package io.kvmesh.storage;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Version;
import org.jspecify.annotations.Nullable;

/** Learns of the end of one write. Called exactly once, within the call of write or later on the log lane. */
public interface WriteCallback {

    /**
     * The write met the durability setting.
     *
     * @param newer the version that the key already had, if it is newer than the one written; else null
     */
    void onWritten(@Nullable Version newer);

    /** The write was refused or failed. It is not acknowledged; whether it survives a restart is not known. */
    void onFailed(KvException reason);
}
