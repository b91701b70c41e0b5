"""What a person sees on a terminal: the log, progress, and errors as sentences."""
