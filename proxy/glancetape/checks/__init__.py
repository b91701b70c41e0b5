"""What a recording holds, and whether it is still true: by the rules, or by a live service."""
