package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.KvConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PlaceTest {
    @Test
    void theSettingsOfAStoreSayWhereItIs() {
        Place place = Place.of(settings().dataCenter("east").rack("r7").build());
        assertThat(place.dataCenter()).isEqualTo("east");
        assertThat(place.rack()).isEqualTo("r7");
        assertThat(place.weight()).isEqualTo(1);
        assertThat(place.replaces()).isNull();
    }

    @Test
    void aMemberHasTokensByItsWeightButOneAtLeastAndNotTooMany() {
        assertThat(tokens(100, 1)).isEqualTo(100);
        assertThat(tokens(100, 2.5)).isEqualTo(250);
        assertThat(tokens(100, 0.25)).isEqualTo(25);
        assertThat(tokens(1, 0.01)).isEqualTo(1);
        assertThat(tokens(4_096, 100)).isEqualTo(4_096);
    }

    private static int tokens(int vnodes, double weight) {
        return Place.of(settings().vnodes(vnodes).weight(weight).build()).vnodes();
    }

    private static KvConfig.Builder settings() {
        return KvConfig.builder().directory(Path.of("unused"));
    }
}
