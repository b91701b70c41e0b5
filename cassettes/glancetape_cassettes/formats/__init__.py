"""Cassettes as files: VCR YAML of any recorder, and the layout in which glancetape writes it.

`cassette` opens a file, with a class of `opened`. `own_layout` finds the items of our files without
a YAML parser. For all other files, `vcr_files` finds the items with `safe_yaml` or as JSON,
`recorders` is the table of what each recorder writes otherwise, and `vcr` reads an item. `body`
turns bytes into readable text and back, `emit` writes an interaction, and `file_kinds` tells a
recording from other files.

`foreign` reads what other tools than a VCR save, and `reading` has the entries of any of these
files, for an import.
"""
