"""One part of a spec each: kinds, names, times, sizes of projects, tags and properties."""
