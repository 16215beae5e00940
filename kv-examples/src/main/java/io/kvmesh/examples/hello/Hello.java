package io.kvmesh.examples.hello;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvMap;
import java.nio.file.Path;

/** One store inside this process, without any network. Each run finds what the runs before have stored. */
public final class Hello {
    private Hello() {}

    public static void main(String[] args) {
        // readme: hello
        try (KvStore store = KvStore.builder()
                .directory(Path.of("target/hello"))
                .register(User.class)
                .open()) {
            KvMap<String, User> users = store.map("users", String.class, User.class);
            User ada = users.getOrDefault("ada", new User("Ada", "London", 0));
            users.put("ada", new User(ada.name(), ada.city(), ada.visits() + 1));
            System.out.println(users.get("ada"));
        }
        // readme: end
    }
}
