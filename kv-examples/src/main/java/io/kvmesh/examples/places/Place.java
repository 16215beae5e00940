package io.kvmesh.examples.places;

/**
 * One populated place of the world. Immutable.
 *
 * @param country two letters, ISO 3166
 * @param admin1 the code of the first-level division of the country; may be empty
 * @param feature what kind of place it is, such as PPLC for a capital
 */
record Place(
        long id,
        String name,
        String country,
        String admin1,
        String feature,
        long population,
        double latitude,
        double longitude) {

    /** The same place with that many more people. */
    Place grownBy(long people) {
        return new Place(id, name, country, admin1, feature, population + people, latitude, longitude);
    }
}
