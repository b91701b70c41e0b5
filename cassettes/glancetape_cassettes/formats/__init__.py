"""Files with recorded traffic, read and written: VCR's YAML, the layout of our own, bodies."""
