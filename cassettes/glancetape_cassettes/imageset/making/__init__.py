"""Making an image set: records are read, checked, indexed block by block, merged and written."""
