"""Small images for hypothesis: few values, so that most tie with others in most ways."""

from typing import Any

from hypothesis import strategies as st

from support.clouds.clouds import FRACTIONS
from support.sets.varied import PROJECTS

ME, OTHER = PROJECTS[:2]

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from((None, "", "a", "a", "B", "b", "é", "镜像", "a,b", "x:y")),
    "status": st.sampled_from(("active", "active", "queued", "killed", "deleted")),
    "visibility": st.sampled_from(("public", "private", "shared", "community")),
    "owner": st.sampled_from((ME, ME, OTHER, None)),
    "created_at": st.sampled_from(
        ("2018-09-06T14:03:27Z", "2018-09-06T14:03:28Z", "2019-01-01T00:00:00Z")
    ),
    "updated_at": st.sampled_from(("2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z")),
    "size": st.sampled_from((None, 0, 1, 40)),
    "min_disk": st.sampled_from((0, 40)),
    "disk_format": st.sampled_from((None, "raw", "zvhd2")),
    "protected": st.booleans(),
    "tags": st.lists(st.sampled_from(("a=b", "a.b", "x")), unique=True),
}
SOMETIMES: dict[str, st.SearchStrategy[Any]] = {
    "__os_type": st.sampled_from(("Linux", "linux", "", None)),
    "__system_support_market": st.booleans(),
    "os_hidden": st.sampled_from((False, False, True)),
    "members": st.lists(
        st.fixed_dictionaries(
            {
                "member_id": st.sampled_from((ME, OTHER)),
                "status": st.sampled_from(("accepted", "pending", "rejected")),
            }
        ),
        max_size=2,
        unique_by=lambda member: member["member_id"],
    ),
    FRACTIONS: st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("created_at", "updated_at"), st.sampled_from((0, 1, 500_000)))
    ),
}
REGISTERED = {"__isregistered": st.sampled_from(("true",) * 5 + ("false",))}


@st.composite
def images(draw: st.DrawFn, dialect: str, number: int) -> dict[str, Any]:
    """Draw an image; its id is made of the number."""
    optional = SOMETIMES if dialect == "glance" else SOMETIMES | REGISTERED
    image: dict[str, Any] = draw(st.fixed_dictionaries(VALUES, optional=optional))
    if dialect == "ims":
        image.setdefault("__isregistered", "true")
    return {**image, "id": f"{number:08x}-0000-4000-8000-000000000000"}
