package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlacesFileTest {
    private static final String HEADER = "geonameid,name,country,admin1,feature,population,latitude,longitude\n";

    @Test
    void holdsAllPlacesInTheOrderOfTheirUniqueIds() {
        List<Place> places = PlacesFile.read(Integer.MAX_VALUE);

        assertThat(places).hasSize(PlacesFile.RECORDS);
        assertThat(places.stream().map(Place::id).collect(Collectors.toSet())).hasSize(PlacesFile.RECORDS);
        assertThat(places.stream().map(Place::id)).isSorted();
        assertThat(places.get(0))
                .isEqualTo(new Place(2960, "‘Ayn Ḩalāqīm", "SY", "10", "PPLA3", 0, 34.93998, 36.32212));
        assertThat(places)
                .contains(
                        new Place(1638754, "Laikit, Laikit II (Dimembe)", "ID", "31", "PPL", 8000, 1.48833, 124.97444));
    }

    @Test
    void readsNoMoreThanAskedFor() {
        assertThat(PlacesFile.read(3)).hasSize(3);
    }

    @Test
    void namesTheLineOfAMalformedNumber() {
        BufferedReader lines = new BufferedReader(new StringReader(HEADER + "1,Rome,IT,07,PPLC,many,41.9,12.5\n"));

        assertThatThrownBy(() -> PlacesFile.parse(lines, 10))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("line 2: a number is malformed")
                .hasMessageContaining("many");
    }
}
