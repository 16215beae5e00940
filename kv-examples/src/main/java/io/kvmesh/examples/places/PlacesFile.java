package io.kvmesh.examples.places;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The file of places that comes with this example; see ATTRIBUTION.txt beside it. Stateless. */
final class PlacesFile {
    /** How many places the file holds. */
    static final int RECORDS = 135_233;

    private static final String RESOURCE = "cities.csv.gz";
    private static final String HEADER = "geonameid,name,country,admin1,feature,population,latitude,longitude";

    private PlacesFile() {}

    /** The first places of the file, in its order, which is by id. */
    static List<Place> read(int recordsMax) {
        try (InputStream resource = PlacesFile.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IOException("the class path has no " + RESOURCE + "; build the module first");
            }
            return parse(
                    new BufferedReader(new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.UTF_8)),
                    recordsMax);
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE + ": " + e.getMessage(), e);
        }
    }

    static List<Place> parse(BufferedReader lines, int recordsMax) throws IOException {
        CsvReader rows = new CsvReader(lines, HEADER);
        List<Place> places = new ArrayList<>();
        for (List<String> row = rows.next(); row != null && places.size() < recordsMax; row = rows.next()) {
            places.add(place(rows, row));
        }
        return places;
    }

    private static Place place(CsvReader rows, List<String> row) throws IOException {
        try {
            return new Place(
                    Long.parseLong(row.get(0)),
                    row.get(1),
                    row.get(2),
                    row.get(3),
                    row.get(4),
                    Long.parseLong(row.get(5)),
                    Double.parseDouble(row.get(6)),
                    Double.parseDouble(row.get(7)));
        } catch (NumberFormatException e) {
            throw new IOException(rows.fault("a number is malformed: " + row).getMessage(), e);
        }
    }
}
