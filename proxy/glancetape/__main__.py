"""The program `glancetape`, which is also `python -m glancetape`."""

import sys


def main() -> None:
    """Run the command line, and let Ctrl-C end it in one line, also while it is imported."""
    try:
        from glancetape.cli import main as command_line  # takes a quarter of a second

        command_line(prog_name="glancetape")
    except (KeyboardInterrupt, RuntimeError) as error:
        # Python 3.11 gives a RuntimeError for it while a class is made that has descriptors.
        if KeyboardInterrupt not in (type(error), type(error.__cause__)):
            raise
        sys.stderr.write("Error: ended by Ctrl-C.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
