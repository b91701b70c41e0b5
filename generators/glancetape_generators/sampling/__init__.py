"""Random values that depend only on seed, record number and field; columns of bytes."""
