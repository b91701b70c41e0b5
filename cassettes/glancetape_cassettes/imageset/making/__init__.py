"""Making image sets: reading and checking images, indexing them in blocks, writing the file.

`importing` reads NDJSON (`ndjson` its lines), shared out to processes by `workers`, into
`listed_images`. `blocks` indexes consecutive ones, `written_bodies` writes their bodies where they
belong, `merging` joins the values of all blocks, `shared_indexes` makes indexes in any process, and
`set_writer` writes the file.
"""
