"""Running the product: in the test, in a thread, as a process, and against a small service."""
