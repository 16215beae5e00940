package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvReaderTest {

    @Test
    void readsRowsUntilTheEnd() throws IOException {
        CsvReader reader = reader("a,b\n1,2\n,\n", "a,b");

        assertThat(reader.next()).containsExactly("1", "2");
        assertThat(reader.next()).containsExactly("", "");
        assertThat(reader.next()).isNull();
    }

    @Test
    void understandsQuotedFields() throws IOException {
        CsvReader reader = reader("a,b,c\n\"x, y\",\"he said \"\"no\"\"\",\"\"\n", "a,b,c");

        assertThat(reader.next()).containsExactly("x, y", "he said \"no\"", "");
    }

    @Test
    void refusesAnotherHeader() {
        assertThatThrownBy(() -> reader("a,c\n", "a,b"))
                .isInstanceOf(IOException.class)
                .hasMessage("line 1: expected the header 'a,b' but found 'a,c'");
        assertThatThrownBy(() -> reader("", "a,b"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("found 'null'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "1|expected 2 fields but found 1",
                "1,2,3|expected 2 fields but found 3",
                "1,\"2|a quoted field has no end",
                "1,\"2\"3|a quote inside a quoted field must be written twice"
            })
    void namesTheLineOfAMalformedRow(String row, String fault) throws IOException {
        CsvReader reader = reader("a,b\n1,2\n" + row, "a,b");
        reader.next();

        assertThatThrownBy(reader::next)
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("line 3: " + fault)
                .hasMessageContaining(row);
    }

    private static CsvReader reader(String text, String header) throws IOException {
        return new CsvReader(new BufferedReader(new StringReader(text)), header);
    }
}
