"""Keeping secrets out of what is stored: names, forms, stand-ins, and the search for leaks."""
