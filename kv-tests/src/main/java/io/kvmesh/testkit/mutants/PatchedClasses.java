package io.kvmesh.testkit.mutants;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Compiles the sources that a planted bug changes, each in a copy, against the classes as they are. Stateless. */
final class PatchedClasses {
    private static final String JAVA = "17";

    private PatchedClasses() {}

    /**
     * Compiles into a directory, which then comes first on a class path.
     *
     * @param root the root of the repository, whose sources stay as they are
     * @throws MutantException if the sources moved on, or do not compile with the bug
     */
    static void compile(Mutant mutant, Path root, Path target) throws IOException {
        compile(mutant, root, target, ToolProvider.getSystemJavaCompiler());
    }

    static void compile(Mutant mutant, Path root, Path target, @Nullable JavaCompiler compiler) throws IOException {
        if (compiler == null) {
            throw new MutantException("planting bugs needs the compiler of a JDK, and "
                    + System.getProperty("java.home") + " is a JRE: run this with the java of a JDK");
        }
        List<Source> sources = patch(mutant, root).entrySet().stream()
                .map(entry -> new Source(entry.getKey(), entry.getValue()))
                .toList();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        StringWriter output = new StringWriter();
        try (StandardJavaFileManager files =
                compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8)) {
            List<String> options = List.of(
                    "--release",
                    JAVA,
                    "-parameters",
                    "-g",
                    "-nowarn",
                    "-proc:none",
                    "-d",
                    target.toString(),
                    "-cp",
                    System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(output, files, diagnostics, options, null, sources)
                    .call();
            if (!compiled) {
                throw new MutantException(
                        "planted bug '" + mutant.name() + "' does not compile:" + describe(diagnostics) + output);
            }
        }
    }

    /** The changed sources by their paths. */
    static Map<String, String> patch(Mutant mutant, Path root) throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        for (Edit edit : mutant.edits()) {
            String source = sources.get(edit.file());
            try {
                sources.put(edit.file(), edit.applyTo(source != null ? source : read(root, edit.file())));
            } catch (MutantException e) {
                throw new MutantException("planted bug '" + mutant.name() + "': " + e.getMessage(), e);
            }
        }
        return sources;
    }

    private static String read(Path root, String file) throws IOException {
        Path path = root.resolve(file);
        if (!Files.isRegularFile(path)) {
            throw new MutantException("the source moved on: there is no file " + path);
        }
        return Files.readString(path);
    }

    private static String describe(DiagnosticCollector<JavaFileObject> diagnostics) {
        StringBuilder text = new StringBuilder();
        for (Diagnostic<? extends JavaFileObject> diagnostic : diagnostics.getDiagnostics()) {
            if (diagnostic.getKind() == Diagnostic.Kind.ERROR) {
                text.append("\n  ").append(diagnostic.toString());
            }
        }
        return text.toString();
    }

    /** A source in memory. */
    private static final class Source extends SimpleJavaFileObject {
        private final String content;

        Source(String file, String content) {
            super(URI.create("memory:///" + file), Kind.SOURCE);
            this.content = content;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return content;
        }

        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return kind == Kind.SOURCE && toUri().getPath().endsWith("/" + simpleName + Kind.SOURCE.extension);
        }
    }
}
