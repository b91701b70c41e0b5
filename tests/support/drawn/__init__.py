"""Values that hypothesis draws for tests: whole records at little cost, and random specs."""
