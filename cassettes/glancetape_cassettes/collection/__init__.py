"""Collections: the images of one view in one state, gathered from a recording and indexed.

`gathering` reads images (`recorded_images`) and list pages (`recorded_lists`) from recorded
responses. `presence` notes images that answers only mention, and `explained` what recorded changes
explain of a later answer. `collection_file` writes images and pages as an image set, with notes on
what is uncertain (`uncertain_values`), and `disk_cache` keeps that file beside the cassette.
`image_set_of` writes one that outlives the cassette.

These modules do not know what a query means: `deriving` joins pages to walks and proves answers.
"""
