# Sourced by the programs beside it. A program is three lines: set, source, and run_main with its main class in kv-tests.

# Runs a main class with the arguments that follow, after building it when a source is newer than the last build.
run_main() {
    local program root paths java
    program=$(basename "$0")
    root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
    paths=$root/kv-tests/target/programs.classpath
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    build_if_needed "$program" "$root" "$paths"
    # With native access, so that tables are compressed by the same code and a seed gives the same run on every JDK.
    exec "$java" -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED \
        -cp "$root/kv-tests/target/classes:$(cat "$paths")" "$@"
}

build_if_needed() {
    local program=$1 root=$2 paths=$3
    local sources=("$root/pom.xml" "$root"/kv-{embedded,tests}/pom.xml "$root"/kv-{embedded,tests}/src/main)
    if [[ -s $paths && -z $(find "${sources[@]}" -newer "$paths" -print -quit) ]]; then
        return
    fi
    echo "$program: building" >&2
    mkdir -p "$root/kv-tests/target"
    rm -f "$paths"
    # The class path is printed for every module; the one of kv-tests is written last.
    if ! mvn -q -f "$root/pom.xml" -pl kv-tests -am -DskipTests -Dspotless.check.skip=true compile \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
        -DincludeScope=runtime "-Dmdep.outputFile=$paths.new" >&2; then
        echo "$program: the build failed" >&2
        exit 1
    fi
    mv "$paths.new" "$paths"
}
