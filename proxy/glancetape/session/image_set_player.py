"""Answers from an image set, through the simulated cloud.

The simulated cloud takes a query and a project. Here a request becomes the two: its path shows
whether it asks for the list or for one image, its headers and recorded logins show the project.
"""

import logging
import re
from pathlib import Path
from typing import Self
from urllib.parse import quote_plus, unquote_plus, unquote_to_bytes, urlsplit

from glancetape_cassettes.cloud.dialects import NAMES
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.cloud.responses import request_id_of
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.cassette import check_regular
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.schema import is_database
from glancetape_cassettes.interaction import header
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.service import is_image_list

logger = logging.getLogger(__name__)

_ONE_IMAGE = re.compile(r"(?:/image)?/v2(?:\.\d+)?/images/([^/]+)\Z")
_SLASH = re.compile("(%2[Ff])")
_PARAMETER = re.compile(r"([^&;=]*=)([^&;]*)")
_LIST = "in:"
# Observed on Glance: it refuses a HEAD and lists these methods.
_ALLOWED_ON_LIST, _ALLOWED_ON_IMAGE = "GET, POST", "GET, PATCH, DELETE"


def is_image_set(path: Path) -> bool:
    """Whether a file is opened as an image set, by its content or its name.

    A damaged set is reported when it is opened. Raises ImageSetError when a set is missing or has
    to be made first, CassetteError for a folder or a pipe.
    """
    try:
        check_regular(path, path.stat())  # opening a pipe would wait for a writer
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


class Player:
    """Answers from an image set as the cloud would, in one dialect."""

    def __init__(self, images: ImageSet, dialect: str, project: str | None) -> None:
        """Answer from a set, which is closed with the player.

        `project` is an id of the caller's own that takes the place of the set's home project.
        """
        self._images = images
        self._lister = Lister(images)
        self._dialect = dialect
        self._home = images.about["home_project"]
        self._own = project

    @classmethod
    def open(cls, path: Path, dialect: str, project: str | None) -> Self:
        """Open a set; the dialect `auto` is the set's own. Raises ImageSetError."""
        images = ImageSet(path)
        found = images.about["dialect"] if dialect == "auto" else dialect
        if found not in NAMES:
            images.close()
            raise ImageSetError(f"{path} has an unknown dialect; give --dialect.")
        player = cls(images, found, project)
        logger.info("%s: %d images, dialect %s, project %s", path, len(images), found, player._home)
        return player

    @property
    def name(self) -> str:
        """The name of the set's file."""
        return self._images.path.name

    def close(self) -> None:
        """Close the set."""
        self._images.close()

    def play(self, lookup: Lookup) -> Answer | Miss:
        """The answer to a request for the list or for one image; a miss for any other request."""
        request = lookup.request
        parts = urlsplit(request.uri)
        is_list, image_id = is_image_list(parts.path), _image_id(parts.path)
        if not is_list and image_id is None:
            return Miss(reason=f"{self.name} answers only GET /v2/images and GET /v2/images/ID.")
        if request.method not in ("GET", "HEAD"):
            return Miss(reason=f"{self.name} is only read: it answers no {request.method}.")
        project = self._project_of(lookup)
        request_id = request_id_of(request.method, parts.path, parts.query, project or "")
        asking = project, self._dialect, request.headers, request_id
        if request.method == "HEAD":
            allowed = _ALLOWED_ON_LIST if is_list else _ALLOWED_ON_IMAGE
            response = self._lister.refuse_head(allowed, *asking)
        elif image_id is not None:
            response = self._lister.show_image(image_id, *asking)
        else:
            response = self._lister.list_images(self._at_home(parts.query), *asking)
        return Answer(
            response=response,
            provenance=Provenance.SYNTHETIC,
            source=self.name,
            restore={self._home: self._own} if self._own else {},
        )

    def _project_of(self, lookup: Lookup) -> str | None:
        """The project whose images the caller sees; None without credentials."""
        headers = lookup.request.headers
        project = header(headers, "x-project-id") or self._project_of_token(lookup)
        if project is not None:
            return self._home if project == self._own else project
        if header(headers, "x-auth-token") or header(headers, "authorization"):
            return self._home
        return None

    def _project_of_token(self, lookup: Lookup) -> str | None:
        """The project of a token whose login was recorded."""
        for form in lookup.as_recorded:
            caller = form.asked.caller
            if caller is not None and caller.project is not None:
                if self._own and {caller} == set(form.group.projects.values()):
                    return self._own  # it takes the place of the only project with a login
                return form.restore.get(caller.project, caller.project)
        return None

    def _at_home(self, query: str) -> str:
        """A query with the home project wherever it names the caller's own."""
        if self._own is None:
            return query
        return _PARAMETER.sub(lambda found: found[1] + self._value_at_home(found[2]), query)

    def _value_at_home(self, spelt: str) -> str:
        value = unquote_plus(spelt, errors="surrogateescape")
        operator = _LIST if value.startswith(_LIST) else ""
        named = value.removeprefix(operator).split(",") if operator else [value]
        if self._own not in named:
            return spelt
        renamed = ",".join(self._home if one == self._own else one for one in named)
        return quote_plus(operator + renamed, safe=":,", errors="surrogateescape")


def _image_id(path: str) -> str | None:
    """The id in the path of one image, decoded as Glance's server decodes it.

    Observed: an escaped slash stays escaped, other bytes become latin-1. None for bytes that are
    not UTF-8: the server fails before Glance gets them.
    """
    found = _ONE_IMAGE.match(path)
    if found is None:
        return None
    try:
        unquote_to_bytes(found[1].encode("utf-8", "surrogateescape")).decode()
    except UnicodeDecodeError:
        return None
    return "".join(
        part if _SLASH.fullmatch(part) else unquote_to_bytes(part).decode("latin-1")
        for part in _SLASH.split(found[1])
    )
