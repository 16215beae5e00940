package io.kvmesh.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * One version of an application's classes, compiled from source and loaded by a class loader of its own, so that a test
 * can write with one version and read with another. Confined to one test.
 */
final class CompiledTypes {
    private static final Pattern DECLARATION = Pattern.compile("(?:record|class|enum) (\\w+)");

    private final ClassLoader loader;

    private CompiledTypes(ClassLoader loader) {
        this.loader = loader;
    }

    /** Compiles the sources of public types in package {@code app}, each beginning with its declaration. */
    static CompiledTypes of(Path directory, String... sources) {
        try {
            Path root = Files.createTempDirectory(directory, "version");
            List<String> arguments = new ArrayList<>(List.of("-parameters", "-proc:none", "-d", root.toString()));
            for (String source : sources) {
                Path file = root.resolve(nameIn(source) + ".java");
                Files.writeString(file, "package app;\npublic " + source);
                arguments.add(file.toString());
            }
            int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
            if (status != 0) {
                throw new IllegalArgumentException("the sources do not compile: " + List.of(sources));
            }
            return new CompiledTypes(new URLClassLoader(new URL[] {url(root)}));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Class<?> type(String name) {
        try {
            return loader.loadClass("app." + name);
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Calls the only constructor of a type. */
    Object make(String name, @Nullable Object... arguments) {
        try {
            return type(name).getConstructors()[0].newInstance(arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(e);
        }
    }

    Object constant(String name, String constant) {
        for (Object candidate : type(name).getEnumConstants()) {
            if (candidate.toString().equals(constant)) {
                return candidate;
            }
        }
        throw new IllegalArgumentException(name + " has no constant " + constant);
    }

    /** The word after record, class or enum. */
    private static String nameIn(String source) {
        Matcher matcher = DECLARATION.matcher(source);
        if (!matcher.lookingAt()) {
            throw new IllegalArgumentException("not a declaration: " + source);
        }
        return matcher.group(1);
    }

    private static URL url(Path directory) throws MalformedURLException {
        return directory.toUri().toURL();
    }
}
