# Sourced by the programs beside it. A program is three lines: set, source, and run_main with its main class in kv-tests.

# Runs a main class with the arguments that follow, after building it when a source is newer than the last build. The
# variable "extras" may name further modules below kv-tests, whose classes and libraries come last on the class path; one
# that cannot be built is left out, and said to be.
run_main() {
    local program root java class_path extra
    program=$(basename "$0")
    root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    if ! build_if_needed "$program" "$root" kv-tests; then
        echo "$program: the build failed" >&2
        exit 1
    fi
    class_path=$root/kv-tests/target/classes:$(cat "$root/kv-tests/target/programs.classpath")
    for extra in ${extras[@]+"${extras[@]}"}; do
        if build_if_needed "$program" "$root" "kv-tests/$extra" -P peers; then
            class_path+=:$root/kv-tests/$extra/target/classes:$(cat "$root/kv-tests/$extra/target/programs.classpath")
        else
            echo "$program: $extra could not be built, and is left out" >&2
        fi
    done
    # With native access, so that tables are compressed by the same code and a seed gives the same run on every JDK.
    exec "$java" -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED -cp "$class_path" "$@"
}

# Builds a module and those that it needs, with the Maven arguments that follow, and writes down its class path.
build_if_needed() {
    local program=$1 root=$2 module=$3
    shift 3
    local paths=$root/$module/target/programs.classpath
    local sources=("$root/pom.xml" "$root"/kv-{embedded,tests}/pom.xml "$root"/kv-{embedded,tests}/src/main)
    sources+=("$root/$module/pom.xml" "$root/$module/src/main")
    if [[ -s $paths && -z $(find "${sources[@]}" -newer "$paths" -print -quit) ]]; then
        return
    fi
    echo "$program: building${1:+ $module}" >&2
    mkdir -p "$root/$module/target"
    rm -f "$paths"
    # The class path is printed for every module; the one of the module that was asked for is written last.
    mvn -q -f "$root/pom.xml" -pl "$module" -am -DskipTests -Dspotless.check.skip=true "$@" compile \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
        -DincludeScope=runtime "-Dmdep.outputFile=$paths.new" >&2 || return
    mv "$paths.new" "$paths"
}
