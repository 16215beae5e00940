package io.kvmesh.examples.places;

import java.io.File;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** How to start another JVM with the class path of this one. Stateless. */
final class ChildJvm {
    /**
     * Members of a mesh keep their metadata in SQLite, which loads a native library: the second option allows that,
     * and the first one has JVMs that do not know an option pass over it. A member of this job lives for less than a
     * minute, in which the optimizing compiler costs more processor time than its code gives back, so it is left out;
     * an application that runs for longer keeps it.
     */
    private static final List<String> JVM_OPTIONS = List.of(
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx512m");

    private ChildJvm() {}

    static List<String> command(Class<?> main, String argument) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_OPTIONS);
        command.add("-Dkvmesh.log.level=INFO");
        command.add("-cp");
        command.add(classPathOf(main));
        command.add(main.getName());
        command.add(argument);
        return command;
    }

    /** Inside Maven the classes come from a loader of their own, and java.class.path is Maven's. */
    private static String classPathOf(Class<?> main) {
        if (!(main.getClassLoader() instanceof URLClassLoader loader)) {
            return System.getProperty("java.class.path");
        }
        StringJoiner paths = new StringJoiner(File.pathSeparator);
        for (URL url : loader.getURLs()) {
            try {
                paths.add(Path.of(url.toURI()).toString());
            } catch (URISyntaxException e) {
                throw new JobFailedException("the class path has a malformed entry: " + url, e);
            }
        }
        return paths.toString();
    }
}
