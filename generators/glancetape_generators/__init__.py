"""Making images: records that look like those of a real image service."""
