"""The endpoints of the image service beside the list: a module for each, and the table of routes.

`routes` finds the operation for a method and a path, or refuses them as the cloud does. Each
operation gets an `Asking`, which is the request taken apart, and returns a response.
"""
