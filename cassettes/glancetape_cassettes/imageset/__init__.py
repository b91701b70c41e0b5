"""Image sets: collections of images in one SQLite file that answers any list query at once.

`schema` is the file, `importing` makes one from NDJSON, `reading` answers what an index can: which
images have a value, a tag, a member, a time in a range, and in which order they come.
"""
