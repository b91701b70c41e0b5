"""Cassettes that are open, one module for each way to read a file.

Each is a `formats.cassette.Cassette`. Our own files (`own_cassette`) are read item by item when
needed. Those of other recorders (`foreign_cassette`) and what other tools save
(`recording_of_others`) are read at once, and are `in_memory`. `head` reads what stands before the
first item.
"""
