"""Changes in memory, above an image set whose file never changes.

`changed_images` holds the images that were made or changed in a session, whole, and the ids of
those that were deleted. `predicates` says which of them a list shows, and `page_order` puts them
between the images of the set, in the order that is asked for.
"""
