"""Three images, and commands for image sets that run in this process."""

from pathlib import Path

from click.testing import CliRunner, Result

from glancetape.cli import main
from support.running.log_levels import as_in_a_new_process
from support.sets.set_files import record

ME, OTHER = "a" * 32, "b" * 32
RECORDS = [
    record(
        "a", name="镜像 & co", owner=ME, visibility="private", created_at="2018-09-06T14:00:01Z"
    ),
    record("b", name="x", owner=OTHER, visibility="public", created_at="2018-09-06T14:00:02Z"),
    record("c", name="x", owner=OTHER, visibility="private", created_at="2018-09-06T14:00:03Z"),
]


def call(*arguments: str | Path) -> Result:
    """Run a command in this process; one that ends in a traceback fails the test."""
    with as_in_a_new_process():
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
