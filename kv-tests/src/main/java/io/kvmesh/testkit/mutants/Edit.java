package io.kvmesh.testkit.mutants;

/**
 * One change of a source file. Immutable.
 *
 * @param file the path of the source from the root of the repository, with slashes
 * @param find what is replaced; it must stand there exactly once
 */
record Edit(String file, String find, String replacement) {

    /** @throws MutantException if what is to be replaced does not stand in the source exactly once */
    String applyTo(String source) {
        int at = source.indexOf(find);
        if (at < 0) {
            throw new MutantException("the source moved on: " + file + " does not have the text any more that is to be"
                    + " replaced; correct the planted bug:\n" + find);
        }
        if (source.indexOf(find, at + 1) >= 0) {
            throw new MutantException("the source moved on: " + file + " has the text that is to be replaced more than"
                    + " once; give more of its surroundings in the planted bug:\n" + find);
        }
        return source.substring(0, at) + replacement + source.substring(at + find.length());
    }
}
