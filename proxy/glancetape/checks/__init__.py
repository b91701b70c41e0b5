"""Whether a recording is still true: compared with the dialect's rules, or with a live service."""
