package io.kvmesh.architecture;

import java.util.List;
import java.util.Map;

/** Which of our packages may use which foreign packages. Immutable. What is listed nowhere, nobody may use. */
final class ThirdParties {
    private final List<String> everywhere;
    private final Map<String, List<String>> users;

    /**
     * @param everywhere foreign packages, with all below them, that any of ours may use
     * @param users for each other foreign package, those of ours that may use it
     */
    ThirdParties(List<String> everywhere, Map<String, List<String>> users) {
        this.everywhere = everywhere;
        this.users = users;
    }

    boolean mayUse(String user, String used) {
        for (Map.Entry<String, List<String>> entry : users.entrySet()) {
            if (isIn(used, entry.getKey())) {
                return entry.getValue().contains(user);
            }
        }
        return everywhere.stream().anyMatch(foreign -> isIn(used, foreign));
    }

    private static boolean isIn(String name, String ancestor) {
        return name.equals(ancestor) || name.startsWith(ancestor + ".");
    }
}
