"""Searching long texts with expressions: `long_texts` does it, by what `beginnings` reads."""
