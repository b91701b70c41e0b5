"""The command line: a group of commands, each of which has a module in `commands`."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from glancetape_cassettes.lean_process import without_garbage_collection

with without_garbage_collection(stays=True):
    import click

    from glancetape.terminal.error_sentences import (
        ErrorWithStatus,
        ShownError,
        output_errors_as_sentences,
    )
    from glancetape_cassettes.near_names import nearest
    from glancetape_cassettes.version import __version__

SECTIONS = {
    "Record and replay": ("record", "replay", "run", "serve"),
    "Image sets": ("generate", "learn", "import", "query", "inspect"),
    "Keep and share": ("merge", "prune", "export"),
    "Check": ("verify", "scan", "lab"),
}
"""Heading in `glancetape --help` -> the commands below it."""

# Where a command is defined, below `commands`, if its module is not called like it.
_MODULES = {
    "export": "files.export",
    "import": "imports.import_images",
    "inspect": "image_sets.inspect",
    "learn": "image_sets.learn",
    "merge": "files.merge",
    "prune": "files.prune",
    "query": "image_sets.query",
}

RENAMED = {
    ("query", "--headers"): "`--include` (`-i`)",
    ("generate", "--project"): "`--home-project`",
    ("import", "--project"): "`--home-project`",
    ("replay", "--project"): "`--own-project`",
    ("run", "--project"): "`--own-project`",
    ("verify", "--project"): "`--own-project`",
}
"""Command and the name that one of its options had in 0.1.0 -> the name it has now."""

ALSO_CALLED = {
    "--against": ("--live", "--upstream", "--url"),
    "--cassette": ("--file", "--out", "--output", "-o"),
    "--count": ("--images", "--n", "--number", "--size", "-n"),
    "--force": ("--overwrite",),
    "--key-file": ("--key",),
    "--listen": ("--address", "--bind", "--host", "--port", "-p"),
    "--out": ("--outfile", "--output", "-o"),
    "--record": ("--cassette",),
    "--replay": ("--cassette", "--file"),
    "--spec": ("--flavour", "--preset", "--template"),
    "--tls": ("--https", "--ssl"),
    "--tls-cert": ("--cert", "--certificate"),
    "--tls-key": ("--key",),
    "--to": ("--format", "--type"),
    "--unused": ("--report", "--used"),
    "--upstream": ("--remote", "--server", "--service", "--target", "--url"),
    "--workers": ("--processes", "--threads", "-j"),
}
"""An option -> what other programs call it, in the commands that have the option."""

PARTS_OF_QUERY = ("--filter", "--limit", "--marker", "--sort", "--sort-dir", "--sort-key")
"""What other programs take as options, and `query` in its QUERY."""

# click 8.2 raises this error to show a help; older versions print the help themselves.
_HelpShown: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())


def load_command(name: str) -> click.Command:
    """Return the command of one of the names in SECTIONS."""
    module = _MODULES.get(name, name)
    with without_garbage_collection(stays=True):
        loaded = import_module(f"glancetape.commands.{module}")
    command: click.Command = getattr(loaded, module.rpartition(".")[2])
    return command


class _Group(click.Group):
    """Lists its commands by section, and shows errors our way.

    A command is loaded when it is asked for: to load all takes as long as click and its options.
    """

    def __init__(self, *args: Any, **extra: Any) -> None:
        """Name the commands; click suggests one of these for a name that is spelt alike."""
        super().__init__(*args, **extra)
        names = [name for names in SECTIONS.values() for name in names]
        self.commands = {name: click.Command(name) for name in names}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the sections."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None where there is none with the name."""
        return load_command(cmd_name) if cmd_name in self.commands else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; `help COMMAND` is `COMMAND --help`."""
        if args[0] != "help":
            return super().resolve_command(ctx, args)
        if not args[1:]:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        return super().resolve_command(ctx, [args[1], "--help"])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; a short help is never cut off."""
        longest = max(map(len, self.list_commands(ctx)))
        for heading, names in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(name.ljust(longest), load_command(name).short_help or "") for name in names]
                )

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the group's own options."""
        with _errors_shown():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the command's options and run it."""
        with _errors_shown():
            return super().invoke(ctx)


@contextmanager
def _errors_shown() -> Iterator[None]:
    """Show errors of click our way, and Ctrl-C, for which click would end with status 1."""
    try:
        with output_errors_as_sentences():
            yield
    except click.ClickException as error:
        raise _shown(error) from error
    except KeyboardInterrupt:  # while a command or the help starts
        # Not one of ours: to search its text for secrets would load more modules.
        raise ErrorWithStatus("ended by Ctrl-C.", 130) from None


def _shown(error: click.ClickException) -> click.ClickException:
    """The error that is printed for one of click's. A help stays as click lays it out."""
    if isinstance(error, click.NoSuchOption) and (context := error.ctx) is not None:
        old = error.option_name
        new = RENAMED.get((context.info_name or "", old))
        # click would suggest what is spelt alike.
        advice = f"`{old}` is now {new}." if new else _advice(old, context)
        if advice:
            colon = ":" if new else "."
            error = click.UsageError(f"No such option '{old}'{colon} {advice}", context)
    return error if isinstance(error, _HelpShown) else ShownError(error)


def _advice(option: str, asked: click.Context) -> str:
    """A sentence on what to write for an option that a command does not have, or ""."""
    own = [one for one in asked.command.params if isinstance(one, click.Option)]
    meant = [
        f"{one.opts[-1]} {one.metavar or ''}".rstrip()
        for one in own
        if option in ALSO_CALLED.get(one.opts[-1], ())
    ]
    if meant:
        return f"Did you mean {' or '.join(dict.fromkeys(meant))}?"
    if asked.info_name == "query" and option in PARTS_OF_QUERY:
        return "Write it in QUERY, as in 'limit=5&visibility=public'."
    return _of_others(option, asked.command)


def _of_others(option: str, asked: click.Command) -> str:
    """A sentence on the option of other commands that is more alike than any of `asked`, or "".

    >>> _of_others("--cassete", load_command("replay"))
    'Did you mean --cassette of `glancetape record`?'
    """
    named = {
        name: set(_options(load_command(name))) for names in SECTIONS.values() for name in names
    }
    own = set(_options(asked))
    meant = nearest(option, sorted(own.union(*named.values())), alike=0.8)
    if meant is None or meant in own:
        return ""
    first, *others = [name for name, options in named.items() if meant in options]
    commands = f"`glancetape {first}`{' and others' if others else ''}"
    return (
        f"It is one of {commands}." if meant == option else f"Did you mean {meant} of {commands}?"
    )


def _options(command: click.Command) -> Iterator[str]:
    """The long names of a command's options."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield from (one for one in parameter.opts if one.startswith("--"))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="glancetape %(version)s")
def main() -> None:
    """Record GET /v2/images traffic (Huawei Cloud IMS, OpenStack Glance) and replay it offline.

    Or generate a cloud of images and replay that. README.md and docs/ show how.
    """
