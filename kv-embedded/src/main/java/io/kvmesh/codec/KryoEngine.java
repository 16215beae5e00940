package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.KryoBufferOverflowException;
import com.esotericsoftware.kryo.kryo5.io.Output;
import com.esotericsoftware.kryo.kryo5.objenesis.strategy.StdInstantiatorStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads object graphs with one Kryo. Not safe for several threads. The bytes are:
 *
 * <ol>
 *   <li>codec number and version,
 *   <li>the layouts: for each registered type that occurs, its number and the names and kinds of its fields,
 *   <li>the root object: type code, then its body.
 * </ol>
 *
 * The layouts come first, and not where a type first occurs, because a reader may step over that place.
 */
final class KryoEngine {
    /** The limit of an encoded object; a map's own limit of its values is smaller. */
    static final int VALUE_BYTES_MAX = 16 * 1024 * 1024;

    private static final int INITIAL_BYTES = 512;
    private static final byte[] NO_BYTES = {};
    private static final int KEPT_BUFFER_BYTES_MAX = 1024 * 1024;

    private final Graph graph;
    private final Kryo kryo;
    private final Output body = new BoundedOutput();
    private final Input in = new Input();

    KryoEngine(ObjectTypes types) {
        graph = new Graph(types);
        TypeResolver resolver = new TypeResolver(types, graph);
        kryo = new Kryo(resolver, null);
        kryo.setRegistrationRequired(true);
        kryo.setInstantiatorStrategy(new StdInstantiatorStrategy());
        resolver.registerAll(kryo);
    }

    byte[] encode(Object value) {
        graph.start();
        body.reset();
        graph.write(kryo, body, value);
        ByteWriter head = new ByteWriter(INITIAL_BYTES);
        head.putByte(ObjectValueCodec.CODE).putByte(ObjectValueCodec.VERSION);
        graph.writeLayouts(head);
        if (body.position() > VALUE_BYTES_MAX - head.length()) {
            throw tooLarge();
        }
        head.putBytes(body.getBuffer(), 0, body.position());
        return head.toBytes();
    }

    /** Reads what {@link #encode} wrote, without codec number and version. */
    @Nullable
    Object decode(byte[] bytes, int offset, int length) {
        if (length > VALUE_BYTES_MAX) {
            throw new CodecFault("the encoded value has " + length + " bytes, the limit is " + VALUE_BYTES_MAX);
        }
        graph.start();
        ByteReader head = new ByteReader(bytes, offset, length);
        graph.readLayouts(head);
        in.setBuffer(bytes, head.position(), head.remaining());
        try {
            Object value = graph.read(kryo, in);
            if (in.position() != in.limit()) {
                throw new MalformedBytesException((in.limit() - in.position()) + " bytes are left over");
            }
            return value;
        } finally {
            // An idle engine must not keep the caller's bytes alive.
            in.setBuffer(NO_BYTES);
        }
    }

    /** Whether the buffer has its usual size; one that grew for a large value is not worth holding on to. */
    boolean isWorthKeeping() {
        return body.getBuffer().length <= KEPT_BUFFER_BYTES_MAX;
    }

    private static CodecFault tooLarge() {
        return new CodecFault("the encoded value exceeds " + VALUE_BYTES_MAX + " bytes");
    }

    /** Says in our words that the limit is reached. */
    private static final class BoundedOutput extends Output {
        BoundedOutput() {
            super(INITIAL_BYTES, VALUE_BYTES_MAX);
        }

        @Override
        protected boolean require(int required) {
            try {
                return super.require(required);
            } catch (KryoBufferOverflowException e) {
                throw tooLarge();
            }
        }
    }
}
