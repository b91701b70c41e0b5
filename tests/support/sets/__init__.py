"""Specs and image sets for tests: good, odd, damaged and drawn by chance."""
