"""The endpoints of the image service beside the list: a module for each, with what only reads.

Each operation gets an `Asking`, which is the request taken apart, and returns a response, or raises
Refused with what the cloud answers instead. `routes`, a floor above, says which operation a method
and a path ask for.
"""
