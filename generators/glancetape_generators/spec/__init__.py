"""Specs: what to generate, as a preset or a YAML file; reading, checking and explaining them."""
