"""The names of the dialects, for options: their rules take time to load."""

NAMES = ("ims", "glance-pre-17", "glance")
"""Those that `dialects` has rules for."""
