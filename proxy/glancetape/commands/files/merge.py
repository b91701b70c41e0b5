"""The command merge: several cassettes as one."""

from pathlib import Path

import click

from glancetape.commands.shared_options import (
    command,
    dry_run_option,
    force_option,
    path,
    show_diff,
)
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import why_not_plain


@command("merge", "Make one cassette of several.")
@click.argument("cassettes", nargs=-1, required=True, metavar="CASSETTE...", type=path)
@click.option("--out", required=True, metavar="FILE", type=path, help="The file to make.")
@dry_run_option
@force_option
def merge(cassettes: tuple[Path, ...], *, out: Path, dry_run: bool, force: bool) -> None:
    """Make one cassette of several.

    The interactions keep their text, and are in the order in which they were recorded, each once.
    Cassettes are merged if they were recorded with the same key, or with --keep-ids, if their dates
    show every order that matters, such as whether a list was recorded before a change, and if none
    of them holds a secret that `scan` finds. Otherwise nothing is written.
    """
    with errors_as_sentences():
        from glancetape_cassettes.editing.cassette_parts import take_apart
        from glancetape_cassettes.editing.joining import merge as join
        from glancetape_cassettes.editing.rewriting import write_cassette
        from glancetape_cassettes.editing.written_secrets import refuse_secrets

        files = tuple(dict.fromkeys(cassettes))
        if len(files) < 2:
            named = "the same one twice" if len(cassettes) > 1 else "only one"
            raise BadParameter(f"name at least two different CASSETTEs; this is {named}.")
        if why := why_not_plain(out):
            raise BadParameter(f"--out {why}")
        joined = join(files)
        refuse_secrets(files)
        if dry_run:
            before, name = (take_apart(out), out) if out.exists() else (joined.first, files[0])
            show_diff(name, out, before.all, joined.parts)
        else:
            with removed_when_ended():
                write_cassette(out, joined.parts, force=force)
    count = counted(len(joined.items), "interaction")
    twice = f"; {joined.duplicates:,} were in more than one" if joined.duplicates else ""
    would = "would have " if dry_run else ""
    click.echo(escape(f"{out}: {would}{count} of {len(files)} cassettes{twice}"), err=True)
