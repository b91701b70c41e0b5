"""A list request and the page that answers it, as the lab changes them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.service import is_image_list

Image = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]


def _pairs(query: str) -> Pairs:
    return tuple(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))


def _link(base: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs), errors="surrogateescape")
    return f"{base}?{query}" if query else base


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """A `GET` of an image list."""

    request: Request
    parameters: Pairs

    @classmethod
    def read(cls, request: Request) -> Self | None:
        """The list that a request asks for; None when it asks for something else."""
        parts = urlsplit(request.uri)
        if request.method != "GET" or not is_image_list(parts.path):
            return None
        return cls(request=request, parameters=_pairs(parts.query))

    def value_of(self, name: str) -> str | None:
        """The last value of a parameter; None when it is not asked for."""
        return dict(self.parameters).get(name)

    @property
    def marker(self) -> str | None:
        """The image after which the page begins; None or empty for a first page."""
        return self.value_of("marker") or None

    @property
    def limit(self) -> int | None:
        """The size of a page that is asked for; None when none is, or no number."""
        text = self.value_of("limit") or ""
        return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None

    @property
    def target(self) -> str:
        """Path and query."""
        parts = urlsplit(self.request.uri)
        return urlunsplit(("", "", parts.path, parts.query, ""))

    def having(self, **values: str | None) -> "ListRequest":
        """The same list with other parameters; None leaves one out."""
        kept = [pair for pair in self.parameters if pair[0] not in values]
        added = [(name, value) for name, value in values.items() if value is not None]
        pairs = (*kept, *added)
        query = urlencode(pairs, errors="surrogateescape")
        uri = urlunsplit(urlsplit(self.request.uri)._replace(query=query))
        return ListRequest(request=replace(self.request, uri=uri), parameters=pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of images, each of which has an id."""

    response: Response
    document: Mapping[str, Any]

    @classmethod
    def read(cls, response: Response) -> Self | None:
        """The page in a response; None when it holds anything else."""
        if response.status != 200:
            return None
        try:
            document = json.loads(response.body)
        except ValueError:
            return None
        images = document.get("images") if isinstance(document, dict) else None
        if not isinstance(images, list):
            return None
        if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in images):
            return None
        return cls(response=response, document=document)

    @property
    def images(self) -> list[Image]:
        """Its images."""
        images: list[Image] = self.document["images"]
        return images

    @property
    def next(self) -> str | None:
        """Its link to the next page; None on the last one."""
        link = self.document.get("next")
        return link if isinstance(link, str) else None

    def link_after(self, image_id: str, asked: ListRequest) -> str:
        """The link to the page after an image, for the list that was asked for.

        It begins as the links of this page do: with a path, or with a host.
        """
        base, pairs = self._first_for(asked)
        return _link(base, [*pairs, ("marker", image_id)])

    def first_link(self, asked: ListRequest) -> str:
        """The link to the first page, with the limit that was asked for."""
        return _link(*self._first_for(asked))

    def _first_for(self, asked: ListRequest) -> tuple[str, Pairs]:
        """Path and parameters of the first page; clouds add their own parameters before."""
        first = self.document.get("first")
        base, _, query = (first if isinstance(first, str) else asked.target).partition("?")
        names = {name for name, _ in asked.parameters} | {"marker", "limit"}
        own = [pair for pair in _pairs(query) if pair[0] not in names]
        return base, (*own, *(pair for pair in asked.parameters if pair[0] != "marker"))

    def having(self, *, images: Sequence[Image] | None = None, next: str | None) -> "ListPage":
        """The page with other images and another link to the next page; None takes it away."""
        document = dict(self.document)
        if images is not None:
            document["images"] = list(images)
        document.pop("next", None)
        if next is not None:
            document["next"] = next
        return self._with(document)

    def having_links(self, links: Mapping[str, str]) -> "ListPage":
        """The page with other links."""
        return self._with({**self.document, **links})

    def _with(self, document: Mapping[str, Any]) -> "ListPage":
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
        headers = tuple(
            pair for pair in self.response.headers if pair[0].lower() != "content-length"
        )
        response = replace(self.response, headers=headers, body=body)
        return ListPage(response=response, document=document)
