"""Image sets: images in one SQLite file that answers any list query, whatever its size.

`schema` describes the file, `image_set` opens it, `describing` and `picture/` show what is in it.
`stored/` reads the images and their ids.

Three modules define an image: `image_fields` has the fields of the API, their types and
defaults; `indexed_values` decides which values of an image a filter can look up, and how a rare
value is hashed; `sort_keys` names what a list can be sorted by.

`making/` writes a set: from NDJSON, or from images that are already in order. `indexes/` reads
what was written: images by value, by a range of numbers or times, and by a sort order.
"""
