"""Redaction of images that are imported: `image_redaction` is the entry."""
