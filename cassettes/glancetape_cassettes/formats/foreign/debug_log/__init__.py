"""Logs that OpenStack's clients print with `--debug`; `debug_logs` reads one."""
