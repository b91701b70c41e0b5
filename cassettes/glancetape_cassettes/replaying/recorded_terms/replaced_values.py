"""Values that redaction replaced by one and the same word, so that a question does not show them.

A stand-in differs for each id. `REDACTED` does not, so it is not known what was asked:

    recorded   GET /v2/images?name=REDACTED   with ghp_A in place of REDACTED
    asked      GET /v2/images?name=REDACTED   with ghp_A again, or with ghp_B: other images

Where the value decides what is answered, such questions are not known to be the same. Where a
service only keeps it, as the property of an image, it decides nothing but whether it is refused.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.policy import PLACEHOLDER, sends_image_data
from glancetape_cassettes.replaying.question import Question, why_not_ignored
from glancetape_cassettes.service import Service, is_login, read_image_path, service_of_path

_KEPT = frozenset((("POST", False, ""), ("POST", True, "import")))
"""Method, whether the path names an image, and what follows it."""
_MAKING = (
    # with POST; IMS answers with a job (its API reference, Image: four ways to create one)
    "/v2/tasks",
    "/v2/cloudimages/action",
    "/v2/cloudimages/quickimport/action",
    "/v1/cloudimages/dataimages/action",
    "/v1/cloudimages/wholeimages/action",
)
"""How paths end at which images are made, beside those of images."""
_ONE_IMAGE = lazy_compile(r".*/v2(?:\.\d+)?/(?:cloud)?images/[^/]+", re.DOTALL)
"""The paths of one image; IMS takes a JSON patch at both (its API reference, Updating an Image)."""
_REFUSED_FOR_A_VALUE = frozenset((400, 409, 413))
"""What Glance and Keystone say of a value that they do not take: wrong, in the way, too long."""
_DOES_NOT_SHOW = "has REDACTED in the recording, which does not show whether it is the same value"


def why_not_the_same(sent: Question, kept: Question) -> str:
    """Why it is not known what a question asks; "" if it is.

    `sent` is the question as the client asks it, `kept` what recordings keep of it, with ids and
    tokens as they are.

    | the value is in | the question is known | because |
    |---|---|---|
    | the path, the query, or a condition such as `If-Match` | no | it says what is asked for |
    | a login | yes | no password is compared |
    | a body for Keystone, or with which an image, an import or a task is made or changed | yes |
    nothing but a refusal depends on it: see `why_perhaps_refused` |
    | the data of an image, or a whole body | yes | `policy.why_lost` refuses it |
    | a JSON patch, in place of a property's name | no | it says what is changed |
    | another body | no | it may be what is looked for |
    """
    if is_login(kept.method, kept.path):
        return ""
    for where, name in _places(sent, kept):
        why = f"Its {where} {_DOES_NOT_SHOW}. Ask without it, or by one that looks like no secret"
        may_not_matter = where.startswith("parameter") and not why_not_ignored(name)
        unless = f"; if the cloud does not look at it, replay with --ignore {name}"
        return f"{why}{unless if may_not_matter else ''}."
    return ""


def why_perhaps_refused(question: Question, statuses: Iterable[int]) -> str:
    """Why a recorded refusal may be that of another value; "" if it is none.

    `statuses` are those of all recordings of the question: where one was refused for its value and
    another was not, nobody knows which of them is asked.
    """
    if PLACEHOLDER not in question.body or is_login(question.method, question.path):
        return ""
    if _REFUSED_FOR_A_VALUE.isdisjoint(statuses):
        return ""
    return f"It was refused, perhaps for a value of its body, which {_DOES_NOT_SHOW}."


def _places(sent: Question, kept: Question) -> Iterator[tuple[str, str]]:
    """The parts of a question in which a replaced value decides what is answered, and their names.

    One is `("parameter owner_key", "owner_key")`. A value that says REDACTED from the first may be
    any in the recording.
    """
    if sent.path != kept.path or PLACEHOLDER in kept.path:
        yield "path", ""
    for what, before, after in (
        ("parameter", sent.query, kept.query),
        ("header", sent.conditions, kept.conditions),
    ):
        replaced = Counter(after) - Counter(before)
        for name, value in after:
            if (name, value) in replaced or PLACEHOLDER in name + value:
                yield f"{what} {name}", name
    is_whole = kept.body == PLACEHOLDER
    is_replaced = sent.body != kept.body or PLACEHOLDER in kept.body
    if is_replaced and not is_whole and not _only_keeps(sent, kept):
        yield "body", ""


def _only_keeps(sent: Question, kept: Question) -> bool:
    """Whether a service only keeps the values in the body of a question that were replaced."""
    if sends_image_data(kept.method, kept.path) or service_of_path(kept.path) is Service.KEYSTONE:
        return True
    if kept.method == "PATCH":
        is_of_image = _ONE_IMAGE.fullmatch(kept.path) is not None
        return is_of_image and _names_in(sent.body) == _names_in(kept.body) is not None
    image = read_image_path(kept.path)
    if image is None:
        return kept.method == "POST" and kept.path.endswith(_MAKING)
    return (kept.method, bool(image.image_id), image.below) in _KEPT


def _names_in(patch: str) -> list[str] | None:
    """The properties that a JSON patch names; None if one was replaced, or it cannot be read."""
    try:
        names = [str(dict(one)["path"]) for one in json.loads(patch)]
    except (ValueError, TypeError, KeyError):
        return None
    return None if PLACEHOLDER in "".join(names) else names
