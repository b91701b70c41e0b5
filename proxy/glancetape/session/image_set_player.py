"""Answering requests from an image set: which question a request is, and whose view it asks for."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote_plus, unquote_plus, unquote_to_bytes, urlsplit

from glancetape.session.answers import Answer, Kind
from glancetape_cassettes.cloud.dialects import NAMES
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.cloud.responses import request_id_of
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.cassette import check_regular
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.schema import is_database
from glancetape_cassettes.interaction import Request, header
from glancetape_cassettes.replaying.question import project_in
from glancetape_cassettes.replaying.recorded_answers import Recording
from glancetape_cassettes.service import is_image_list

logger = logging.getLogger(__name__)

_ONE_IMAGE = re.compile(r"(?:/image)?/v2(?:\.\d+)?/images/([^/]+)\Z")
_SLASH = re.compile("(%2[Ff])")
_PARAMETER = re.compile(r"([^&;=]*=)([^&;]*)")
_LIST = "in:"
# Observed on Glance: a HEAD is refused with these.
_ALLOWED_ON_LIST, _ALLOWED_ON_IMAGE = "GET, POST", "GET, PATCH, DELETE"


def is_image_set(path: Path) -> bool:
    """Tell whether a file is to be opened as an image set; what is wrong is said on opening it.

    Raises ImageSetError, or CassetteError for what is no file at all.
    """
    try:
        check_regular(path, path.stat())  # a pipe would wait for somebody who writes
        if is_database(path) or path.suffix == ".images":
            return True
        if path.suffix == ".ndjson":
            raise ImageSetError(
                f"{path}: answers come from image sets; make one: "
                f"glancetape import {path} --out {path.with_suffix('.images')}"
            )
    except FileNotFoundError:
        if path.suffix == ".images":
            raise ImageSetError(
                f"{path}: no such image set; make one with `glancetape generate` or "
                "`glancetape import`."
            ) from None
    except OSError:
        pass
    return False


@dataclass(frozen=True, slots=True)
class Unplayed:
    """Why an image set has no answer, in one sentence."""

    reason: str


class Player:
    """Answers from an image set as the cloud would, in one dialect."""

    def __init__(
        self, images: ImageSet, dialect: str, recording: Recording, project: str | None
    ) -> None:
        """Answer from a set, which is closed with the player.

        The recording tells the projects of the tokens that it gave out. `project` is an id of the
        caller that stands for the set's home project.
        """
        self._images = images
        self._lister = Lister(images)
        self._dialect = dialect
        self._recording = recording
        self._home = images.about["home_project"]
        self._own = project

    @classmethod
    def open(cls, path: Path, dialect: str, recording: Recording, project: str | None) -> Self:
        """Open a set; the dialect `auto` is the set's own. Raises ImageSetError."""
        images = ImageSet(path)
        found = images.about["dialect"] if dialect == "auto" else dialect
        if found not in NAMES:
            images.close()
            raise ImageSetError(f"{path} has an unknown dialect; give --dialect.")
        player = cls(images, found, recording, project)
        logger.info("%s: %d images, dialect %s, project %s", path, len(images), found, player._home)
        return player

    @property
    def name(self) -> str:
        """The name of the set's file."""
        return self._images.path.name

    def close(self) -> None:
        """Close the set."""
        self._images.close()

    def answer(self, request: Request) -> Answer | Unplayed:
        """Answer a request for the list or for one image."""
        parts = urlsplit(request.uri)
        is_list, image_id = is_image_list(parts.path), _image_id(parts.path)
        if not is_list and image_id is None:
            return Unplayed(f"{self.name} answers only GET /v2/images and GET /v2/images/ID.")
        if request.method not in ("GET", "HEAD"):
            return Unplayed(f"{self.name} is only read: it answers no {request.method}.")
        project = self._project_of(request)
        request_id = request_id_of(request.method, parts.path, parts.query, project or "")
        asking = project, self._dialect, request.headers, request_id
        if request.method == "HEAD":
            allowed = _ALLOWED_ON_LIST if is_list else _ALLOWED_ON_IMAGE
            response = self._lister.refuse_head(allowed, *asking)
        elif image_id is not None:
            response = self._lister.show_image(image_id, *asking)
        else:
            response = self._lister.list_images(self._at_home(parts.query), *asking)
        restore = {self._home: self._own} if self._own else {}
        return Answer(response, Kind.SYNTHETIC, self.name, restore)

    def _project_of(self, request: Request) -> str | None:
        """Tell whose view is asked for; None without credentials."""
        project = header(request.headers, "x-project-id") or self._project_of_token(request)
        if project is not None:
            return self._home if project == self._own else project
        if header(request.headers, "x-auth-token") or header(request.headers, "authorization"):
            return self._home
        return None

    def _project_of_token(self, request: Request) -> str | None:
        for view in self._recording.views(request):
            project = project_in(view.asked.whose)
            if project is not None:
                if self._own and {view.asked.whose} == set(view.group.projects.values()):
                    return self._own  # it stands for the only one that was logged in to
                return view.restore.get(project, project)
        return None

    def _at_home(self, query: str) -> str:
        """Put the home project where a parameter names the caller's own."""
        if self._own is None:
            return query
        return _PARAMETER.sub(lambda found: found[1] + self._value_at_home(found[2]), query)

    def _value_at_home(self, spelt: str) -> str:
        value = unquote_plus(spelt, errors="surrogateescape")
        operator = _LIST if value.startswith(_LIST) else ""
        named = value.removeprefix(operator).split(",") if operator else [value]
        if self._own not in named:
            return spelt
        told = ",".join(self._home if one == self._own else one for one in named)
        return quote_plus(operator + told, safe=":,", errors="surrogateescape")


def _image_id(path: str) -> str | None:
    """Take the id out of the path of one image, read as Glance's server hands it on.

    Observed: an escaped slash stays escaped, other bytes come as latin-1. None for bytes that are
    no UTF-8; there it breaks before Glance is asked.
    """
    found = _ONE_IMAGE.match(path)
    if found is None:
        return None
    try:
        unquote_to_bytes(found[1]).decode()
    except UnicodeDecodeError:
        return None
    return "".join(
        part if _SLASH.fullmatch(part) else unquote_to_bytes(part).decode("latin-1")
        for part in _SLASH.split(found[1])
    )
