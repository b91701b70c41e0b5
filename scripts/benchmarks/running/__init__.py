"""Running what is measured: child processes, the load, and their time and memory."""
