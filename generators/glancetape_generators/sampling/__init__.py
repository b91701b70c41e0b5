"""Random values that depend only on seed, record number and field, and columns of bytes."""
