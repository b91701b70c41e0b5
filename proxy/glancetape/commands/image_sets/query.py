"""The command query: one answer on standard output, as a client of a replay would get it."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import command, header_option, settings_options
from glancetape.options import Settings
from glancetape.terminal.color import is_on_terminal
from glancetape.terminal.error_sentences import errors_as_sentences, show_message
from glancetape.terminal.escaping import escape, escape_json, escape_lines
from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape_cassettes.interaction import Headers, Response


@command("query", "Ask an image set or cassettes, and print the answer.")
@click.argument("files", nargs=-1, required=True, metavar="FILE... [QUERY]", type=click.Path())
@click.option(
    "--project",
    metavar="ID",
    help="The project that asks. [default: the home project of an image set, the only project "
    "recorded in cassettes]",
)
@settings_options("dialect", "key_file")
@header_option
@click.option("-i", "--include", is_flag=True, help="Print the status and the headers too.")
def query(
    files: tuple[str, ...],
    *,
    project: str | None,
    settings: Settings,
    headers: "Headers",
    include: bool,
) -> None:
    """Ask an image set or cassettes, and print the answer.

    The request is GET /v2/images?QUERY. QUERY is a query string, or a link as in `first` and
    `next`; it is required after more than one FILE. From cassettes you get the recorded answer, or
    one that the recording proves; its source is printed on standard error. Exits with 1 when the
    cloud would refuse the request, or when nothing answers it.

    On a terminal, JSON is indented and control characters are escaped. Anywhere else the body is
    byte for byte what a client gets.
    """
    with errors_as_sentences():
        from glancetape.session.file_to_replay import is_image_set

        *given, text = files if len(files) > 1 else (*files, "")
        for one in given:
            if "=" in one and not os.path.exists(one):
                raise BadParameter(
                    f"{one} is not a file. QUERY is the last word; join its parameters with & and "
                    "quote it."
                )
        if len(files) > 1 and _is_file_name(text):
            raise BadParameter(f"{text} is a FILE; pass QUERY too after more than one FILE.")
        paths = tuple(map(Path, given))
        if len(paths) == 1 and is_image_set(paths[0]):
            answer: Response | None = _ask_set(paths[0], text, project, settings.dialect, headers)
        else:
            settings = replace(settings, replay=paths, own_project=project or None)
            answer = _ask_session(settings, text, project, headers)
    if answer is None:
        sys.exit(1)
    _print(answer, include=include)
    sys.exit(0 if answer.status < 400 else 1)


def _is_file_name(text: str) -> bool:
    """Whether the argument in the place of QUERY is a file, or looks like the name of one."""
    looks_so = "=" not in text and text.endswith((".yaml", ".yml", ".images"))
    return looks_so or os.path.isfile(text)


def _ask_set(
    file: Path, text: str, project: str | None, dialect: str, sent: "Headers"
) -> "Response":
    from glancetape.wire.in_mitmproxy.typed_query import path_and_query
    from glancetape_cassettes.cloud.lister import Lister
    from glancetape_cassettes.cloud.responses import request_id_of
    from glancetape_cassettes.errors import ImageSetError
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.interaction import header

    with ImageSet(file) as images:
        rules = images.about["dialect"] if dialect == "auto" else dialect
        if rules not in NAMES:
            raise ImageSetError(f"{file} has an unknown dialect; choose one with --dialect.")
        sender = header(sent, "x-project-id") if project is None else project
        asking = images.about["home_project"] if sender is None else sender
        _, query = path_and_query(text)
        return Lister(images).list_images(
            query, asking, rules, sent, request_id_of("GET", LIST_PATH, query, asking)
        )


def _ask_session(
    settings: Settings, text: str, project: str | None, sent: "Headers"
) -> "Response | None":
    """The answer that a client of a replay would get; None for a miss, which is printed."""
    from glancetape.session.opening import open_session
    from glancetape.wire.in_mitmproxy.typed_query import request_for
    from glancetape.wire.messages import PROVENANCE, provenance_value
    from glancetape.wire.saved.recordings import load_recording
    from glancetape_cassettes.interaction import Response
    from glancetape_cassettes.replaying.answers import Answer

    session = open_session(settings, load_recording)
    try:
        request, any_host = request_for(session, text, project, sent)
        outcome = session.answer(request, any_host=any_host)
        assert outcome is not None  # a replay has no recorder
        if not isinstance(outcome, Answer):
            report = session.explain(outcome, request, any_host=any_host)
            show_message("Error", *report.lines)
            return None
    finally:
        session.close()
    click.echo(escape(f"{PROVENANCE}: {outcome.described}"), err=True)
    response = outcome.response
    headers = (*response.headers, (PROVENANCE, provenance_value(outcome.described).decode()))
    return Response(response.status, response.reason, headers, response.body)


def _print(response: "Response", *, include: bool) -> None:
    """Print an answer; the body is for a person on a terminal, and exact anywhere else."""
    if include:
        click.echo(escape(f"HTTP/1.1 {response.status} {response.reason}"))
        for name, value in _with_length(response):
            click.echo(escape(f"{name}: {value}"))
        click.echo()
    click.echo(_for_terminal(response.body) if is_on_terminal(sys.stdout) else response.body)


def _for_terminal(body: bytes) -> str:
    """A body to be read: JSON is indented, and nothing in it controls the terminal."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        return escape_json(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return escape_lines(text)


def _with_length(response: "Response") -> "Headers":
    from glancetape_cassettes.interaction import HOP_BY_HOP

    kept = tuple(
        pair for pair in response.headers if pair[0].lower() not in {*HOP_BY_HOP, "content-length"}
    )
    return (*kept, ("Content-Length", str(len(response.body))))
