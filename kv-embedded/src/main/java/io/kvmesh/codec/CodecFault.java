package io.kvmesh.codec;

/**
 * A value cannot be written or read, and where inside it. Confined to one call: every enclosing object puts its step in
 * front of the path before passing it on.
 */
final class CodecFault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int PATH_CHARS_MAX = 400;

    private final StringBuilder path = new StringBuilder();

    CodecFault(String message) {
        super(message);
    }

    private CodecFault(String message, Throwable cause) {
        super(message, cause);
    }

    /** The same fault, one step further out. */
    static CodecFault within(String step, Throwable cause) {
        CodecFault fault = cause instanceof CodecFault known ? known : new CodecFault(messageOf(cause), cause);
        if (fault.path.length() < PATH_CHARS_MAX) {
            fault.path.insert(0, step);
        }
        return fault;
    }

    /** Path and message, to be put behind the name of the outermost type. */
    static String describe(Throwable cause) {
        if (cause instanceof CodecFault fault) {
            return fault.path + ": " + fault.getMessage();
        }
        return ": " + messageOf(cause);
    }

    private static String messageOf(Throwable cause) {
        String message = cause.getMessage();
        if (message != null && cause instanceof MalformedBytesException) {
            return message;
        }
        return message == null ? cause.getClass().getName() : cause.getClass().getSimpleName() + ": " + message;
    }
}
