"""The version of all three packages, in the one place where it is written."""

__version__ = "0.2.0"
