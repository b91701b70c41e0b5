"""The command query: one answer on standard output, as a replay would give it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from glancetape.commands.header_option import header_of
from glancetape.options import Settings, on_command
from glancetape.terminal.error_sentences import one_sentence
from glancetape_cassettes.cloud.dialects import NAMES
from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape.session.session import Session
    from glancetape_cassettes.interaction import Headers, Request, Response
    from glancetape_cassettes.replaying.answers import Miss

_PROVENANCE = "X-Glancetape"
_CREDENTIALS = frozenset(("x-auth-token", "x-project-id", "authorization"))


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE... [QUERY]")
@click.option(
    "--project",
    metavar="ID",
    help="Who asks. [default: the set's home project; the only one recorded]",
)
@click.option(
    "--dialect",
    type=click.Choice(NAMES),
    help="How to answer. [default: the set's; as a recording shows it]",
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="A header of the request, such as Accept or X-Api-Version (repeatable).",
)
@click.option("--headers", "show", is_flag=True, help="Show status and headers too.")
@on_command("key_file")
def query(
    files: tuple[str, ...],
    project: str | None,
    dialect: str | None,
    headers: tuple[str, ...],
    show: bool,
    key_file: str,
) -> None:
    """Ask an image set, or cassettes, and print the answer of GET /v2/images?QUERY.

    QUERY is a query string, or a link as in `first` and `next`; behind several FILEs it has to be
    given. Of cassettes the answer is what was recorded, or what that proves; where it comes from
    is told on standard error. Exits 1 when the cloud would refuse it, or when nothing answers. On
    a terminal, without --headers, JSON is indented; else it is what a client would get.
    """
    with one_sentence():
        from glancetape.session.image_set_player import is_image_set

        *given, text = files if len(files) > 1 else (*files, "")
        paths = [Path(name) for name in given]
        sent = tuple(header_of(one) for one in headers)
        if len(paths) == 1 and is_image_set(paths[0]):
            answer: Response | None = _ask_set(paths[0], text, project, dialect, sent)
        else:
            answer = _ask_session(given, text, project, dialect, sent, key_file)
    if answer is None:
        sys.exit(1)
    _print(answer, show)
    sys.exit(0 if answer.status < 400 else 1)


def _ask_set(
    file: Path, text: str, project: str | None, dialect: str | None, sent: "Headers"
) -> "Response":
    from glancetape_cassettes.cloud.lister import Lister
    from glancetape_cassettes.cloud.responses import request_id_of
    from glancetape_cassettes.errors import ImageSetError
    from glancetape_cassettes.imageset.image_set import ImageSet
    from glancetape_cassettes.interaction import header

    with ImageSet(file) as images:
        if not dialect and images.about["dialect"] not in NAMES:
            raise ImageSetError(f"{file} has an unknown dialect; give --dialect.")
        sender = header(sent, "x-project-id") if project is None else project
        asking = images.about["home_project"] if sender is None else sender
        _, query = _path_and_query(text)
        return Lister(images).list_images(
            query,
            asking,
            dialect or images.about["dialect"],
            sent,
            request_id_of("GET", LIST_PATH, query, asking),
        )


def _ask_session(
    files: list[str],
    text: str,
    project: str | None,
    dialect: str | None,
    sent: "Headers",
    key_file: str,
) -> "Response | None":
    """Ask as a client of a replay would; None for a miss, which is told."""
    from glancetape.session.session import open_session
    from glancetape_cassettes.interaction import Response
    from glancetape_cassettes.replaying.answers import Answer

    given = {"replay": files, "key_file": key_file, "dialect": dialect or "auto"}
    session = open_session(Settings.of({**given, "project": project}))
    assert session is not None
    try:
        request, any_host = _request_for(session, text, project, sent)
        outcome = session.answer(request, any_host=any_host)
    finally:
        session.close()
    if not isinstance(outcome, Answer):
        assert outcome is not None  # nothing is recorded here
        _tell_miss(outcome, request)
        return None
    said = outcome.described
    click.echo(f"{_PROVENANCE}: {said}", err=True)
    response = outcome.response
    named = (*response.headers, (_PROVENANCE, said))
    return Response(response.status, response.reason, named, response.body)


def _request_for(
    session: "Session", text: str, project: str | None, sent: "Headers"
) -> "tuple[Request, bool]":
    """Make the request, and tell whether its host says nothing."""
    from glancetape_cassettes.interaction import Request
    from glancetape_cassettes.service import is_image_list

    assert session.recorded is not None
    uris = [
        urlsplit(entry.uri)
        for group in session.recorded.groups
        for entry in group
        if is_image_list(entry.asked.question.path)
    ]
    origins = list(dict.fromkeys(f"{one.scheme}://{one.netloc}" for one in uris))
    paths = list(dict.fromkeys(one.path for one in uris))
    path, query = _path_and_query(text)
    origin = origins[0] if origins else "http://glance"
    any_host = True
    if path.startswith(("http://", "https://")):
        parts = urlsplit(path)
        path = parts.path
        if len(origins) > 1:  # only then it matters which
            origin, any_host = f"{parts.scheme}://{parts.netloc}", False
    if not path:
        path = paths[0] if paths else LIST_PATH
    callers = {caller for group in session.recorded.groups for caller in group.callers}
    projects = {caller.project for caller in callers if caller is not None} - {None}
    if project is not None and (projects or not callers):
        sent = (*(pair for pair in sent if pair[0].lower() != "x-project-id"),)
        sent = (*sent, ("X-Project-Id", project))
    elif session.player is not None and not _CREDENTIALS & {name.lower() for name, _ in sent}:
        sent = (*sent, ("X-Auth-Token", "anybody"))  # without one a set refuses
    return Request("GET", f"{origin}{path}{'?' * bool(query)}{query}", sent), any_host


def _path_and_query(text: str) -> tuple[str, str]:
    """Take a link apart, a query string has no path."""
    if not text.startswith(("/", "http://", "https://", "?")):
        return "", text
    link, _, query = text.partition("#")[0].partition("?")
    if link and not link.endswith("/v2/images"):
        raise BadParameter(f"{link} is not answered by an image set; /v2/images is.")
    return link, query


def _tell_miss(outcome: "Miss", request: "Request") -> None:
    parts = urlsplit(request.uri)
    asked = f"{parts.path}{'?' * bool(parts.query)}{parts.query}"
    click.echo(f"Error: not recorded: GET {asked}. {outcome.reason}", err=True)
    if outcome.answerable_with:
        click.echo("It could be answered from a recording of:", err=True)
        for one in outcome.answerable_with:
            click.echo(f"  {one}", err=True)


def _print(response: "Response", show_headers: bool) -> None:
    if show_headers:
        click.echo(f"HTTP/1.1 {response.status} {response.reason}")
        for name, value in _with_length(response):
            click.echo(f"{name}: {value}")
        click.echo()
    body = response.body
    if sys.stdout.isatty() and body.startswith(b"{") and not show_headers:
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False).encode()
    click.echo(body)


def _with_length(response: "Response") -> "Headers":
    from glancetape_cassettes.redaction.policy import HOP_BY_HOP

    kept = tuple(
        pair for pair in response.headers if pair[0].lower() not in {*HOP_BY_HOP, "content-length"}
    )
    return (*kept, ("Content-Length", str(len(response.body))))
