"""`python -m glancetape`."""

from glancetape.cli import main

main(prog_name="glancetape")
