package io.kvmesh.examples.hello;

/** A value of a map: any record will do. Immutable. */
record User(String name, String city, int visits) {}
