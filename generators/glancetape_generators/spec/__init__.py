"""What to generate: presets and specs in YAML, read, checked and explained."""
