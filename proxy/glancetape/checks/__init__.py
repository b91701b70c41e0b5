"""Whether a recording is still true: asked again through the rules, or of the live service."""
