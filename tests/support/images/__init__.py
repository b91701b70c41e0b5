"""Images written by hand, damages to them, and images with every oddity."""
