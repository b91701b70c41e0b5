"""A list query: reading it, choosing the images that it asks for, and cutting the page."""
