"""Answers from an image set, through the simulated cloud.

The simulated cloud takes a request and who sends it. Here the request finds its service by its
path, and its token, headers and recorded logins show the project.
"""

import logging
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.identity.accounts import Accounts, OpenAccounts
from glancetape_cassettes.cloud.identity.keystone import Keystone, is_keystone, is_old_keystone
from glancetape_cassettes.cloud.identity.project_names import ProjectNames
from glancetape_cassettes.cloud.listing.page_query import PageUrl, page_url
from glancetape_cassettes.cloud.overlay.changed_images import Changes
from glancetape_cassettes.cloud.page_maker import PageMaker, Parts
from glancetape_cassettes.cloud.responses import json_response, request_id_of, shown_id
from glancetape_cassettes.cloud.simulated_cloud import (
    NotSimulated,
    SimulatedCloud,
    is_simulated,
    is_simulated_alone,
)
from glancetape_cassettes.errors import GlancetapeError, ImageSetError
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Headers, Request, Response
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import shown_name
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.service import READS

if TYPE_CHECKING:  # only beside a cassette
    from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded

logger = logging.getLogger(__name__)

_LIST_METHOD, _LIST_PATH = "GET", "/v2/images"
_LIST_URI = re.compile(r"https?://[0-9A-Za-z.:-]+/v2/images(?:\?([!-\"$-~]*))?")
_PARAMETER = re.compile(r"([^&;=]*=)([^&;]*)")
_LIST = "in:"
_OLD = "v2.0, which Keystone has not had since Queens: set the client to v3, and end its URL in /v3"
_OK = 200
_PROJECTS_SHOWN = 100  # of a set, to a client that lists projects
_MOST_KNOWN = 10_000  # projects that are remembered
_MOST_LISTS = 128
_LONGEST = 4096  # characters of the URL and the headers of a request whose list is remembered


def _path_and_query(uri: str) -> tuple[str, str]:
    found = _LIST_URI.fullmatch(uri)
    if found is not None:  # the same, in a fraction of the time
        return _LIST_PATH, found[1] or ""
    parts = urlsplit(uri)
    return parts.path, parts.query


def _read_users(cloud: Path, home: str, own_project: str | None) -> Accounts:
    from glancetape.session.cloud_file import read_accounts  # it loads a reader of YAML

    return read_accounts(cloud, home, own_project)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """A list of a set, for one caller: its pages after a marker take a fraction of the time."""

    source: str
    """The name of the set's file."""
    project: str
    dialect: Dialect
    pages: PageMaker
    provenance: Provenance = Provenance.SYNTHETIC
    may_be_dropped: bool = True
    """Whether what its pages have in common may make room for other lists."""

    def page(self, query: str, marker: str, limit: str | None) -> tuple[str, bytes] | None:
        """The request id and the body of the page of a query; None if it has to be asked for.

        Marker and limit are those in the query.
        """
        body = self.pages.body(marker, limit)
        return None if body is None else (self._request_id(query), body)

    def parts(self, query: str, marker: str, limit: str | None) -> tuple[str, Parts] | None:
        """The same in pieces, of which all but the first only the system may read."""
        parts = self.pages.parts(marker, limit)
        return None if parts is None else (self._request_id(query), parts)

    def response(self, query: str, asked: PageUrl) -> Response | None:
        """The response to the query of a page; None if it has to be asked for."""
        body = self.pages.body(asked.marker, asked.limit)
        if body is None:
            return None
        request_id = request_id_of(_LIST_METHOD, _LIST_PATH, query, self.project)
        return json_response(body, self.dialect, request_id)

    def _request_id(self, query: str) -> str:
        request_id = request_id_of(_LIST_METHOD, _LIST_PATH, query, self.project)
        return shown_id(request_id, self.dialect)


class Player:
    """Answers from an image set as the cloud would, in one dialect."""

    def __init__(
        self,
        images: ImageSet,
        dialect: str,
        own_project: str | None,
        *,
        accounts: Accounts | None = None,
        writable: bool = False,
        shares_tokens: bool = True,
    ) -> None:
        """Answer from a set, which is closed with the player.

        `own_project` is an id of the caller's own that takes the place of the set's home project.
        `accounts` are the users who may log in; None lets in anybody. A player that is `writable`
        keeps changes in memory; the set itself never changes. One that `shares_tokens` accepts
        those that other processes gave out for the same set.
        """
        self._images = images
        self._name = shown_name(images.path)
        self._changes = Changes() if writable else None
        self._cloud = SimulatedCloud(images, dialect, self._changes)
        self._dialect = dialect
        self._home = images.about["home_project"]
        self._own = own_project
        self._accounts = accounts
        names = ProjectNames(images)
        self._keystone = Keystone(
            accounts
            or OpenAccounts(
                home=self._home,
                is_project=self._is_project,
                known=self._projects_with_most,
                name_of=names.name_of,
                id_of=names.id_of,
            ),
            shares_tokens=shares_tokens,
        )
        self._known = {self._home}
        # With changes, an own project or users, no list is known: see `known_list`.
        is_open = accounts is None or accounts.is_open
        self._knows_lists = is_open and own_project is None and not writable
        self._lists: dict[tuple[Hashable, Headers], KnownList | None] = {}
        self._lists_version = self.version

    @classmethod
    def open(
        cls,
        path: Path,
        dialect: str,
        own_project: str | None,
        *,
        cloud: Path | None = None,
        writable: bool = False,
    ) -> Self:
        """Open a set; the dialect `auto` is the set's own. Raises GlancetapeError.

        `cloud` is the file of the users who may log in.
        """
        images = ImageSet(path)
        try:
            found = images.about["dialect"] if dialect == "auto" else dialect
            if found not in NAMES:
                raise ImageSetError(f"{path} has an unknown dialect; give --dialect.")
            home = images.about["home_project"]
            accounts = _read_users(cloud, home, own_project) if cloud is not None else None
        except GlancetapeError:
            images.close()
            raise
        player = cls(images, found, own_project, accounts=accounts, writable=writable)
        held = counted(len(images), "image")
        logger.info("%s: %s, dialect %s, project %s", path, held, found, player._home)
        return player

    @property
    def name(self) -> str:
        """The name of the set's file."""
        return self._name

    @property
    def dialect(self) -> str:
        """The name of the cloud whose rules apply."""
        return self._dialect

    @property
    def images(self) -> ImageSet:
        """All images of the set, whoever owns them."""
        return self._images

    def rewound(self) -> Self:
        """The same set without logins and changes; close only the first of the two."""
        return type(self)(
            self._images,
            self._dialect,
            self._own,
            accounts=self._accounts,
            writable=self._changes is not None,
            shares_tokens=False,
        )

    def close(self) -> None:
        """Close the set."""
        self._images.close()

    @property
    def version(self) -> int:
        """Grows whenever an answer may differ from an earlier one to the same request."""
        changes = self._changes.version if self._changes is not None else 0
        return self._keystone.version + changes

    def forget(self) -> None:
        """Undo all changes and forget all tokens, as if the player were opened again."""
        self._keystone.forget()
        if self._changes is not None:
            self._changes.forget()

    def play(
        self, asked: Request, as_recorded: "Sequence[AsRecorded]" = (), *, is_alone: bool = False
    ) -> Answer | Miss:
        """The answer to a request for the image service or for Keystone; a miss for any other.

        `as_recorded` is the request in the terms of cassettes that are replayed with the set.
        With `is_alone` nothing else is at the address that the client asked, so that every path
        but Keystone's is the image service's.
        """
        page = None
        if self._knows_lists and not as_recorded and asked.method == _LIST_METHOD:
            page = page_url(asked.uri)
            response = None if page is None else self._known_page(asked, page)
            if response is not None:
                return self._answer(response, asked)
        request = asked if self._own is None else self._homed(asked)
        path, query = _path_and_query(request.uri)
        is_list = path == _LIST_PATH and request.method == _LIST_METHOD  # most requests by far
        if not is_list and is_keystone(path):
            request_id = request_id_of(request.method, path, query, "")
            response = self._keystone.respond(request, request_id)
            if response is None:
                return Miss(reason=f"{self.name} simulates only the logins of Keystone.")
        elif not is_list and is_old_keystone(path):
            return Miss(reason=f"{self.name} simulates Keystone v3, and this is a login of {_OLD}.")
        elif is_list or is_simulated(path) or (is_alone and is_simulated_alone(path)):
            try:
                response = self._ask_cloud(request, path, query, as_recorded, is_list=is_list)
            except NotSimulated as refused:
                return self._not_simulated(request.method, refused)
            if page is not None and is_list and response.status == _OK:
                self._know_list(request, page)
        else:
            return Miss(reason=f"{self.name} simulates only an image service and its Keystone.")
        return self._answer(response, request)

    def _answer(self, response: Response, request: Request) -> Answer:
        return Answer(
            response=response,
            provenance=Provenance.SYNTHETIC,
            source=self.name,
            restore={self._home: self._own} if self._own else {},
            repeatable=request.method in READS,
        )

    def _known_page(self, request: Request, page: PageUrl) -> Response | None:
        """The response to a request for a page of a list that was asked for before."""
        if self._lists_version != self.version:
            self._lists.clear()
            self._lists_version = self.version
        known = self._lists.get((page.list, request.headers))
        return None if known is None else known.response(request.uri.partition("?")[2], page)

    def _know_list(self, request: Request, page: PageUrl) -> None:
        """Remember the list of a page, if its URL is written as most are and is not long."""
        key = page.list, request.headers
        if key in self._lists or not _LIST_URI.fullmatch(request.uri):
            return
        if len(request.uri) + sum(len(name) + len(value) for name, value in key[1]) > _LONGEST:
            return
        if len(self._lists) >= _MOST_LISTS:
            self._lists.clear()
        self._lists[key] = self.known_list(request)

    def _ask_cloud(
        self,
        request: Request,
        path: str,
        query: str,
        as_recorded: "Sequence[AsRecorded]",
        *,
        is_list: bool,
    ) -> Response:
        identity = self._keystone.identify(request, lambda: self._project_of_token(as_recorded))
        project = identity.project if identity is not None else None
        if project is not None and project not in self._known:
            self._tell_of_nothing(project)
        request_id = request_id_of(request.method, path, query, project or "")
        if is_list and (identity is None or project is not None):
            return self._cloud.lister.list_images(
                query, project, self._dialect, request.headers, request_id
            )
        return self._cloud.respond(request, identity, request_id)

    def known_list(self, request: Request) -> KnownList | None:
        """The list of a request for a page after a marker, as far as it is known; None otherwise.

        Each page has to be asked for where an answer depends on more than its query: on changes, on
        the end of a token, or on a signature.
        """
        path, query = _path_and_query(request.uri)
        if path != _LIST_PATH or request.method != _LIST_METHOD or self._own is not None:
            return None
        project = self._keystone.lasting_project(request)
        pages = project and self._cloud.lister.page_maker(
            query, project, self._dialect, request.headers
        )
        if not project or not pages:
            return None
        dialect = self._cloud.rules_for(request)
        return KnownList(source=self.name, project=project, dialect=dialect, pages=pages)

    def _not_simulated(self, method: str, refused: NotSimulated) -> Miss:
        if method in READS or self._changes is not None:
            return Miss(reason=f"{self.name} does not simulate {refused}.")
        return Miss(
            reason=f"{self.name} is only read: it answers no {method}. With --writable clients can "
            "change its images for one run."
        )

    # Projects

    def project_of(self, request: Request) -> str | None:
        """The project for which the set's Keystone takes a request; None without a project."""
        identity = self._keystone.identify(request)
        project = identity.project if identity is not None else None
        return self._own or project if project == self._home else project

    def _project_of_token(self, as_recorded: "Sequence[AsRecorded]") -> str | None:
        """The project of a token whose login was recorded."""
        for form in as_recorded:
            caller = form.asked.caller
            if caller is not None and caller.project is not None:
                if self._own and {caller} == set(form.group.projects.values()):
                    return self._home  # ours takes the place of the only project with a login
                found = form.restore.get(caller.project, caller.project)
                return self._home if found == self._own else found
        return None

    def _is_project(self, project: str) -> bool:
        """Whether a project owns an image of the set, or is a member of one."""
        return bool(self._images.having("owner", project)) or any(
            self._images.shared_with(project, status) for status in MEMBER_STATUSES
        )

    def _projects_with_most(self) -> list[str]:
        return [owner for owner, _ in self._images.common_values("owner", _PROJECTS_SHOWN)]

    def _tell_of_nothing(self, project: str) -> None:
        """Warn once of a project that sees nothing but public images."""
        if len(self._known) < _MOST_KNOWN:
            self._known.add(project)
            if not self._is_project(project):
                logger.warning(
                    "project %s owns nothing in %s and sees only public images; --own-project %s "
                    "puts it in the place of the home project",
                    project,
                    self.name,
                    project,
                )

    # The caller's own project

    def _homed(self, request: Request) -> Request:
        """A request with the home project wherever it names the caller's own."""
        own, home = self._own or "", self._home
        parts = urlsplit(request.uri)
        spelt = {own, quote(own, safe="")}
        path = "/".join(home if part in spelt else part for part in parts.path.split("/"))
        headers = tuple(
            (name, home if name.lower() == "x-project-id" and value in spelt else value)
            for name, value in request.headers
        )
        return replace(
            request,
            uri=urlunsplit(parts._replace(path=path, query=self._at_home(parts.query))),
            headers=headers,
            body=request.body.replace(own.encode("utf-8", "replace"), home.encode()),
        )

    def _at_home(self, query: str) -> str:
        """A query with the home project wherever it names the caller's own."""
        return _PARAMETER.sub(lambda found: found[1] + self._value_at_home(found[2]), query)

    def _value_at_home(self, spelt: str) -> str:
        value = unquote_plus(spelt, errors="surrogateescape")
        operator = _LIST if value.startswith(_LIST) else ""
        named = value.removeprefix(operator).split(",") if operator else [value]
        if self._own not in named:
            return spelt
        renamed = ",".join(self._home if one == self._own else one for one in named)
        return quote_plus(operator + renamed, safe=":,", errors="surrogateescape")
