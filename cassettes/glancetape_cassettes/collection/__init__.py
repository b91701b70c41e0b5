"""Collections: the images of one view in one state, gathered from a recording and indexed.

`gathering` reads images and list pages from recorded responses. `collection_file` writes both as an
image set, with notes on what is uncertain (`uncertain_values`), and `disk_cache` keeps that file
beside the cassette. `image_set_of` writes one that outlives the cassette.

These modules do not know what a query means: `deriving` joins pages to walks and proves answers.
"""
