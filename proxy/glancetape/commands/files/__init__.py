"""The commands that merge, thin and hand on files: each module is called like its command."""
