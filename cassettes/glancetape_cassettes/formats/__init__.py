"""Cassettes as files: VCR YAML of any recorder, and the layout in which glancetape writes it.

`cassette` opens a file. `own_layout` finds the items of our files without a YAML parser;
`safe_yaml` and `vcr` read everything else. `body` turns bytes into readable text and back, `emit`
writes an interaction, and `file_kinds` tells a cassette from other files.
"""
