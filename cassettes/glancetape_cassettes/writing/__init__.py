"""Writing cassettes: a process of its own appends interactions and is sure that they are stored."""
