"""The command line: a group of commands, each of which has a module in `commands`."""

from typing import Any

import click

from glancetape import __version__
from glancetape.commands.files.export import export
from glancetape.commands.files.merge import merge
from glancetape.commands.files.prune import prune
from glancetape.commands.generate import generate
from glancetape.commands.image_sets.inspect import inspect
from glancetape.commands.image_sets.learn import learn
from glancetape.commands.image_sets.query import query
from glancetape.commands.import_images import import_images
from glancetape.commands.lab import lab
from glancetape.commands.record import record
from glancetape.commands.replay import replay
from glancetape.commands.run import run
from glancetape.commands.scan import scan
from glancetape.commands.serve import serve
from glancetape.commands.verify import verify
from glancetape.terminal.error_sentences import ShownError

SECTIONS = {
    "Record and replay": (record, replay, run, serve),
    "Image sets": (generate, learn, import_images, query, inspect),
    "Keep and share": (merge, prune, export),
    "Check": (verify, scan, lab),
}
"""Heading in `glancetape --help` -> the commands below it."""

RENAMED = {
    ("query", "--headers"): "`--include` (`-i`)",
    ("generate", "--project"): "`--home-project`",
    ("import", "--project"): "`--home-project`",
    ("replay", "--project"): "`--own-project`",
    ("run", "--project"): "`--own-project`",
    ("verify", "--project"): "`--own-project`",
}
"""Command and the name that one of its options had in 0.1.0 -> the name it has now."""

# click 8.2 raises this error to show a help; older versions print the help themselves.
_HelpShown: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())


class _Group(click.Group):
    """Lists its commands by section, and shows errors our way."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; a short help is never cut off."""
        longest = max(map(len, self.list_commands(ctx)))
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [((one.name or "").ljust(longest), one.short_help or "") for one in commands]
                )

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the group's own options."""
        try:
            return super().make_context(*args, **extra)
        except click.ClickException as error:
            raise _shown(error) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Read the command's options and run it."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            raise _shown(error) from error


def _shown(error: click.ClickException) -> click.ClickException:
    """The error that is printed for one of click's. A help stays as click lays it out."""
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        old = error.option_name
        new = RENAMED.get((error.ctx.info_name or "", old))
        if new is not None:  # click would suggest what is spelt alike
            message = f"No such option '{old}': `{old}` is now {new}."
            error = click.UsageError(message, error.ctx)
    return error if isinstance(error, _HelpShown) else ShownError(error)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="glancetape %(version)s")
def main() -> None:
    """Record GET /v2/images traffic (Huawei Cloud IMS, OpenStack Glance) and replay it offline.

    Or generate a cloud of images and replay that. README.md and docs/ show how.
    """


for _commands in SECTIONS.values():
    for _command in _commands:
        main.add_command(_command)
