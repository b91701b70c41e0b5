"""Requests for every endpoint of the image service, by every method."""

from collections.abc import Iterator, Sequence

METHODS = "GET HEAD OPTIONS POST PUT PATCH DELETE TRACE MADEUP".split()
SCHEMAS = (
    "image images member members task tasks metadefs/namespace metadefs/namespaces "
    "metadefs/resource_type metadefs/resource_types metadefs/property metadefs/properties "
    "metadefs/object metadefs/objects metadefs/tag metadefs/tags"
).split()
DOCUMENTS = (
    *("/", "/versions", "/versions/", "/versions/x"),
    *(
        "/images",
        "/images/nothing",
        "/flavors",
        "/flavors/x?y=1",
        "/x/v2/images",
        "/schemas/image",
        "/v1",
        "/v1/images",
        "/v2",
        "/v2.0",
        "/v2.7",
        "/v2.17",
        "/v2.18",
        "/v2.99/images",
        "/v2/",
        "/healthcheck",
        "/healthcheck/x",
        "/healthcheckx",
    ),
)
PATHS = (
    *DOCUMENTS,
    *(f"/v2/schemas/{name}" for name in SCHEMAS),
    *("/v2/schemas", "/v2/schemas/", "/v2/schemas/nothing", "/v2/schemas/metadefs"),
    *("/v2/images", "/v2//images", "/v2.9/images", "/v2/images/", "/v2/image", "/v2/images.json"),
    *("/v2/images/nothing", "/v2/images/nothing/", "/v2/images/nothing/at/all"),
    *("/v2/tasks", "/v2/tasks/nothing", "/v2/info", "/v2/info/"),
    *(f"/v2/cache{below}" for below in ("", "/nothing", "/clean", "/prune", "/nodes/a", "/a/b")),
    *("/v2/stores", "/v2/stores/store/nothing", "/v2/stores/nothing/nothing"),
    *(f"/v2/info/{name}" for name in ("import", "stores", "usage", "stores/detail", "nothing")),
    *("/v2/metadefs/namespaces?limit=2", "/v2/metadefs/resource_types", "/v2/metadefs"),
    *(f"/v2/metadefs/namespaces/a%3A%3Ab/{name}" for name in ("objects", "properties", "tags")),
    *("/v2/metadefs/namespaces/a", "/v2/metadefs/namespaces/a/resource_types"),
    *("/v2/cloudimages", "/v2/versions", "/v2/nothing"),
)
BELOW_AN_IMAGE = (
    *("", "/", "/members", "/members/", "/members/{me}", "/members/{other}", "/members/nobody"),
    *("/file", "/tasks", "/tags", "/tags/", "/tags/a", "/actions", "/actions/deactivate"),
    *("/actions/reactivate", "/actions/nothing", "/stage", "/import", "/locations", "/nothing"),
)


def of_images(ids: Sequence[str], me: str, other: str) -> Iterator[str]:
    """Yield the paths of images and of everything below them."""
    for image_id in ids:
        for below in BELOW_AN_IMAGE:
            yield f"/v2/images/{image_id}{below.format(me=me, other=other)}"
        yield from (f"/v2/cache/{image_id}", f"/v2/stores/store/{image_id}")
