"""The program `glancetape`, which is also `python -m glancetape`."""

import os
import sys
from types import TracebackType


def main() -> None:
    """Run the command line, and let Ctrl-C end it in one line, also while it is imported."""
    _open_standard_descriptors()
    sys.excepthook = _show_failure
    try:
        from glancetape.cli import main as command_line  # takes a quarter of a second

        command_line(prog_name="glancetape")
    except (KeyboardInterrupt, RuntimeError) as error:
        # Python 3.11 gives a RuntimeError for it while a class is made that has descriptors.
        if KeyboardInterrupt not in (type(error), type(error.__cause__)):
            raise
        sys.stderr.write("Error: ended by Ctrl-C.\n")
        sys.exit(130)


def _show_failure(
    kind: type[BaseException], error: BaseException, stack: TracebackType | None
) -> None:
    """Print the traceback of a fault in our code, without the data that it failed at."""
    from glancetape.terminal.tracebacks import without_quotes  # nothing else needs it here

    shown = without_quotes(error)
    sys.__excepthook__(type(shown) if shown else kind, shown or error, stack)


def _open_standard_descriptors() -> None:
    """Give /dev/null the place of a standard stream that is closed, as in `glancetape ... >&-`.

    The next file that is opened would get its number, and programs that we start would read or
    write that file as their standard input or output.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number


if __name__ == "__main__":
    main()
