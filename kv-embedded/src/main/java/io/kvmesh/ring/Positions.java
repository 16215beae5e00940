package io.kvmesh.ring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The tokens of all members in ascending order, and whose they are, by number. Immutable.
 *
 * <p>A token that two members claim belongs to the one with the smaller identity.
 */
final class Positions {
    private final List<RingMember> members;
    private final Token[] tokens;
    private final int[] owners;

    private record Claim(Token token, int member) {}

    /** @param all ordered by identity */
    Positions(List<RingMember> all) {
        List<Claim> claims = new ArrayList<>();
        for (int member = 0; member < all.size(); member++) {
            for (Token token : all.get(member).tokens()) {
                claims.add(new Claim(token, member));
            }
        }
        claims.sort(Comparator.comparing(Claim::token).thenComparingInt(Claim::member));
        List<Claim> granted = new ArrayList<>(claims.size());
        boolean[] hasOne = new boolean[all.size()];
        for (Claim claim : claims) {
            if (granted.isEmpty() || !granted.get(granted.size() - 1).token().equals(claim.token())) {
                granted.add(claim);
                hasOne[claim.member()] = true;
            }
        }
        int[] number = new int[all.size()];
        List<RingMember> placed = new ArrayList<>();
        for (int member = 0; member < number.length; member++) {
            number[member] = placed.size();
            if (hasOne[member]) {
                placed.add(all.get(member));
            }
        }
        members = List.copyOf(placed);
        tokens = granted.stream().map(Claim::token).toArray(Token[]::new);
        owners = granted.stream().mapToInt(claim -> number[claim.member()]).toArray();
    }

    /** Those that a token belongs to, ordered by identity; their numbers are their places here. */
    List<RingMember> members() {
        return members;
    }

    int count() {
        return tokens.length;
    }

    Token token(int at) {
        return tokens[at];
    }

    /** The number of the member whose token is at a place. */
    int owner(int at) {
        return owners[at];
    }

    /** The place of the first token at or behind this one; {@link #count()} if the ring starts again there. */
    int atOrBehind(Token token) {
        int at = Arrays.binarySearch(tokens, token);
        return at >= 0 ? at : -at - 1;
    }
}
