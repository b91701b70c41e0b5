"""Indexes that find images in a set: by value, by a range of numbers or times, by sort order."""
