"""The words that images are made of: systems, hardware, names; and tables of fields that agree."""
