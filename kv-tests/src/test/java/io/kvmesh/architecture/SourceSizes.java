package io.kvmesh.architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Measures one source file: its lines, and its methods as the compiler's parser sees them. Stateless. */
final class SourceSizes {
    static final int FILE_LINES_MAX = 600;
    static final int METHOD_LINES_MAX = 70;
    static final int LINE_CHARS_MAX = 120;

    private SourceSizes() {}

    /** What is too long in a source, a sentence each. */
    static List<String> faults(String name, String source) {
        List<String> faults = new ArrayList<>();
        List<String> lines = source.lines().toList();
        if (lines.size() > FILE_LINES_MAX) {
            faults.add(name + " has " + lines.size() + " lines, at most " + FILE_LINES_MAX + " are allowed");
        }
        for (int i = 0; i < lines.size(); i++) {
            int length = lines.get(i).codePointCount(0, lines.get(i).length());
            if (length > LINE_CHARS_MAX) {
                faults.add(name + ":" + (i + 1) + " has " + length + " characters, at most " + LINE_CHARS_MAX
                        + " are allowed");
            }
        }
        addLongMethods(name, source, faults);
        return faults;
    }

    private static void addLongMethods(String name, String source, List<String> faults) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Source.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        JavacTask task =
                (JavacTask) compiler.getTask(null, null, diagnostic -> {}, List.of("-proc:none"), null, List.of(file));
        try {
            for (CompilationUnitTree unit : task.parse()) {
                new Methods(name, unit, Trees.instance(task).getSourcePositions(), faults).scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Visits all methods, those of nested and anonymous classes too. Confined to one file. */
    private static final class Methods extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final String name;
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<String> faults;

        Methods(String name, CompilationUnitTree unit, SourcePositions positions, List<String> faults) {
            this.name = name;
            this.unit = unit;
            this.positions = positions;
            this.faults = faults;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
            LineMap lines = unit.getLineMap();
            long first = lines.getLineNumber(positions.getStartPosition(unit, method));
            long last = lines.getLineNumber(positions.getEndPosition(unit, method));
            if (last - first + 1 > METHOD_LINES_MAX) {
                faults.add(name + ":" + first + " method " + method.getName() + " has " + (last - first + 1)
                        + " lines, at most " + METHOD_LINES_MAX + " are allowed");
            }
            return super.visitMethod(method, null);
        }
    }
}
