"""Sections of a spec that have modules of their own; `reading` puts them together."""
