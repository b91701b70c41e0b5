"""The Faker provider draws images and their fields from Faker's own random numbers."""

import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from faker import Faker
from faker.providers import BaseProvider

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.provider import CloudImage, ImageProvider, pool
from glancetape_generators.validation import check_image, validate_images
from support.drawn.any_values import ANYTHING

METHODS = sorted(name for name in dir(ImageProvider) if name.startswith("image_"))
# What does not come up within some thousands of images of a region -> what it is.
RARE = {"image_support_kvm_fpga_type": "VU9P", "image_support_highperformance": "true"}

# To type checkers Faker's image() is that of its own, which draws random polygons.
AnyFaker = Any


def _faker(seed: int = 7, provider: type[BaseProvider] = ImageProvider) -> AnyFaker:
    fake = Faker()
    fake.add_provider(provider)
    fake.seed_instance(seed)
    return fake


@pytest.fixture(scope="module")
def shared_fake() -> AnyFaker:
    """Faker loads all its providers again for each generator."""
    return _faker()


@pytest.fixture
def fake(shared_fake: AnyFaker) -> AnyFaker:
    """A generator with the provider, as new, of seed 7."""
    shared_fake.unique.clear()
    shared_fake.seed_instance(7)
    return shared_fake


def _documented(method: str) -> str:
    found = re.match(r"`(\w+)`: ", inspect.getdoc(getattr(ImageProvider, method)) or "")
    assert found, method
    return found[1]


def test_the_provider_makes_an_image(fake: AnyFaker) -> None:
    """Added in the way of Faker's documentation."""
    image = fake.image()

    assert f"/v2/images/{image['id']}" == image["self"]
    assert "members" not in image


def test_images_one_by_one_break_no_rule(fake: AnyFaker) -> None:
    """Each image alone, shared ones with their members; no image comes twice."""
    images = [fake.image(members=True) for _ in range(300)]

    assert [] == [
        finding
        for image in images
        for finding in check_image(
            {name: value for name, value in image.items() if name != "members"},
            image.get("members", ()),
        )
    ]
    assert {"gold", "private", "shared", "market"} >= {image["__imagetype"] for image in images}
    assert any(image.get("members") for image in images)
    assert 300 == len({image["id"] for image in images})


@pytest.mark.parametrize("count", [0, 1, 2, 700])
def test_images_that_belong_together_break_no_rule(fake: AnyFaker, count: int) -> None:
    """Their parents are among them."""
    images = fake.images(count, members=True)

    assert count == len(images)
    assert [] == validate_images(images)


def test_two_lists_of_images_have_nothing_in_common(fake: AnyFaker) -> None:
    """Each list has a world of its own."""
    some, others = fake.images(100), fake.images(100)

    assert not {image["id"] for image in some} & {image["id"] for image in others}
    assert not {image["owner"] for image in some} & {image["owner"] for image in others}
    assert not any("members" in image for image in some + others)


def test_a_seed_makes_the_same_images_again() -> None:
    """All methods draw from Faker's generator."""

    def draw(fake: AnyFaker) -> list[Any]:
        return [fake.image(), fake.images(3), fake.image_name(), fake.image(members=True)]

    fake = _faker(3)
    first = draw(fake)
    second = draw(fake)
    fake.seed_instance(3)

    assert first == draw(fake)
    assert first == draw(_faker(3))
    assert first != second
    assert first != draw(_faker(4))


def test_two_generators_do_not_affect_each_other() -> None:
    """One draws the same whatever the other draws."""
    alone = _faker(3)
    expected = [alone.image() for _ in range(5)]
    one, other = _faker(3), _faker(4)

    found = []
    for _ in range(5):
        found.append(one.image())
        other.image()
        other.image_os_version()

    assert expected == found


@pytest.mark.sampled(4)
@pytest.mark.parametrize("method", [name for name in METHODS if name not in RARE])
def test_a_method_returns_its_field(fake: AnyFaker, method: str) -> None:
    """With a value of its return type."""
    returned = get_type_hints(getattr(ImageProvider, method))["return"]
    types = tuple(get_origin(one) or one for one in get_args(returned) or (returned,))
    if get_origin(returned) is list:
        types = (list,)

    values = [getattr(fake, method)() for _ in range(3)]

    assert all(type(value) in types for value in values), values


def test_a_method_returns_a_rare_field(tmp_path: Path) -> None:
    """From a spec whose only platform has all of them."""
    path = tmp_path / "centos.yaml"
    path.write_text("platforms: {CentOS: 1}\nmade: {file: 1}\n")

    class OnePlatform(ImageProvider):
        spec = str(path)

    fake = _faker(provider=OnePlatform)

    assert RARE == {method: getattr(fake, method)() for method in RARE}


def test_a_docstring_describes_the_field_and_names_its_source() -> None:
    """The field's name in backticks, a sentence, a source."""
    for method in METHODS:
        text = inspect.getdoc(getattr(ImageProvider, method)) or ""
        field = _documented(method)

        assert f"image_{re.sub('_+', '_', field.lstrip('_'))}" == method
        assert re.search(r"[^\s].*\.\n\nSource: (.|\n)+\.$", text), method


def test_a_method_returns_the_field_of_an_image(fake: AnyFaker) -> None:
    """It is the field of the image that `image()` would have drawn."""
    image = _faker(11).image()

    fake.seed_instance(11)
    assert image["name"] == fake.image_name()
    fake.seed_instance(11)
    assert image["created_at"] == fake.image_created_at()


def test_null_is_returned_as_none(fake: AnyFaker) -> None:
    """A field that is null is not a missing field."""
    assert fake.image_virtual_size() is None


def test_the_locale_changes_nothing() -> None:
    """The provider is added to each locale's generator; Faker chooses one for each call."""
    fake: AnyFaker = Faker(["en_US", "ja_JP"])
    for one in fake.factories:
        one.add_provider(ImageProvider)
    fake.seed_instance(7)

    found = [fake["en_US"].image(), fake["ja_JP"].image()]

    assert [_faker(7).image()] * 2 == found
    assert fake.image_id()


def test_the_proxies_of_faker_work(fake: AnyFaker) -> None:
    """`unique` and `optional`."""
    ids = {fake.unique.image_id() for _ in range(50)}
    kinds = {fake.unique.image_imagetype() for _ in range(3)}
    names = {fake.optional.image_status(prob=0.5) for _ in range(50)}

    assert 50 == len(ids)
    assert {"private", "shared", "market"} == kinds
    assert {None, "active"} <= names


def test_a_subclass_may_make_images_of_another_spec(tmp_path: Path) -> None:
    """Another preset, or the path of a file."""
    path = tmp_path / "windows.yaml"
    path.write_text("platforms: {Windows: 1}\nmade: {file: 1}\nkinds: {private: 1}\n")

    class Windows(ImageProvider):
        spec = str(path)

    fake = _faker(provider=Windows)

    assert {"Windows"} == {fake.image_platform() for _ in range(20)}
    assert {"Windows"} == {image["__os_type"] for image in fake.images(50)}


def test_a_field_that_a_spec_never_makes_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the field and the spec."""
    monkeypatch.setattr(pool, "_MORE", (100,))
    path = tmp_path / "none.yaml"
    path.write_text("kinds: {private: 1}\ncatalogue: {images: 0}\n")

    class Private(ImageProvider):
        spec = str(path)

    with pytest.raises(LookupError, match=r"none\.yaml has __productcode$"):
        _faker(provider=Private).image_productcode()


@pytest.mark.parametrize("locale", ["en_US", "ja_JP", "fa_IR"])
def test_the_provider_replaces_no_method_except_image(locale: str) -> None:
    """Everything else in Faker works as before."""
    before, after = Faker(locale), Faker(locale)
    names = _methods(before)

    after.add_provider(ImageProvider)

    own = {"image", "images", "cloud_image", "cloud_images", *METHODS}
    assert {"image"} >= names & own
    assert names | own == _methods(after)
    before.seed_instance(5)
    after.seed_instance(5)
    for name in ("name", "email", "uuid4", "image_url", "file_name"):
        assert getattr(before, name)() == getattr(after, name)()


def _methods(fake: Faker) -> set[str]:
    (generator,) = fake.factories
    return {name for name in dir(generator) if not name.startswith("_")}


def test_the_type_of_an_image_is_known() -> None:
    """A type checker, which scripts/check runs on this test too, knows each field."""
    images = ImageProvider(Faker())

    image: CloudImage = images.cloud_image()
    size: int = image["min_disk"]
    names: list[str | None] = [one["name"] for one in images.cloud_images(2)]

    assert size >= 1
    assert 2 == len(names)
    assert image.get("__imagetype") in ("private", "shared", "market")


@pytest.mark.parametrize(
    ("wanted", "field", "values"),
    [
        ({"visibility": "public"}, "visibility", {"public"}),
        ({"visibility": "shared"}, "visibility", {"shared"}),
        ({"kind": "gold"}, "__imagetype", {"gold"}),
        ({"kind": "market"}, "__imagetype", {"market"}),
        ({"os": "ubuntu"}, "__platform", {"Ubuntu"}),
        ({"os": "Windows"}, "__os_type", {"Windows"}),
        ({"project": "c" * 32}, "owner", {"c" * 32}),
        ({"project": "c" * 32, "os": "Debian"}, "__platform", {"Debian"}),
    ],
    ids=str,
)
def test_an_image_is_drawn_of_those_that_are_asked_for(
    fake: AnyFaker, wanted: dict[str, str], field: str, values: set[str]
) -> None:
    """By visibility, kind, system and project; they break no rule, and differ from each other."""
    images = [fake.cloud_image(**wanted) for _ in range(40)]

    assert values == {image[field] for image in images}
    assert 40 == len({image["id"] for image in images})
    assert [] == [
        finding
        for image in images
        for finding in check_image(image, ())
        if finding.rule != "shared-with-some"
    ]


def test_what_no_image_is_like_is_an_error(fake: AnyFaker) -> None:
    """The message repeats what was asked for."""
    with pytest.raises(LookupError, match="no image of region is like that: kind='gold', os='x'"):
        fake.image(kind="gold", os="x")
    with pytest.raises(LookupError, match=r"os='Ubunto' \(did you mean 'Ubuntu'\?\)"):
        fake.image(os="Ubunto")


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("moments: {2025-02-01T03:00:00Z: 40}", 45),
        ("images: [{name: a}, {name: b}]", 2),
        ("images: [{name: snap, __data_origin: 'server_backup,x', __whole_image: 'true'}]", 2),
    ],
)
def test_a_list_has_room_for_what_the_spec_fixes(text: str, least: int, tmp_path: Path) -> None:
    """As `generate` refuses a smaller count."""
    spec = tmp_path / "own.yaml"
    spec.write_text(f"like: tenant\n{text}\n")
    fake = _faker(provider=type("Own", (ImageProvider,), {"spec": str(spec)}))

    assert least == len(fake.cloud_images(least))
    with pytest.raises(ValueError, match=f"need a count of {least} or more"):
        fake.cloud_images(least - 1)


ARGUMENTS = [
    (name, argument.name)
    for name in ("cloud_image", "cloud_images", "image", "images")
    for argument in inspect.signature(getattr(ImageProvider, name)).parameters.values()
    if argument.name != "self"
]


def _outcome(call: Any, given: dict[str, Any]) -> tuple[type, str]:
    try:
        call(**given)
    except Exception as error:  # noqa: BLE001 - which one it is, is what is tested
        return type(error), str(error)
    return type(None), ""


@pytest.mark.parametrize(("method", "argument"), ARGUMENTS)
def test_an_argument_of_a_wrong_type_or_range_is_named(
    fake: AnyFaker, method: str, argument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value of the annotated type may be out of range; any other is a TypeError."""
    monkeypatch.setattr(pool, "_MORE", ())  # to look for a rare image takes seconds
    types = get_type_hints(getattr(ImageProvider, method))[argument]
    for value in ANYTHING:
        given = {"count": 1, argument: value} if method.endswith("s") else {argument: value}
        is_right = isinstance(value, types) and not (types is int and isinstance(value, bool))
        is_right |= types is int and isinstance(value, np.integer)
        is_right |= types is bool and isinstance(value, np.bool_)
        is_right |= types is bool and value is None

        error, message = _outcome(getattr(fake, method), given)

        if is_right:
            assert error in (type(None), ValueError, LookupError), value
        else:
            assert error is TypeError, value
        if error is LookupError:
            assert f"{argument}={value!r}" in message
        elif message:
            assert re.match(f"{argument} must be .*, not ", message)


@pytest.mark.parametrize("spec", [3, None, b"region", ["region"], {}], ids=repr)
def test_a_spec_that_is_no_path_is_named(spec: Any) -> None:
    """A class may have any attribute."""
    wrong = type("Wrong", (ImageProvider,), {"spec": spec})(Faker())

    for draw in (wrong.cloud_image, wrong.image_id, lambda: wrong.cloud_images(1)):
        with pytest.raises(TypeError, match="spec must be the name of a preset or a path, not"):
            draw()


def test_an_edited_spec_is_read_again(tmp_path: Path) -> None:
    """Also one that was replaced or deleted, in a console or a notebook that stays open."""
    path = tmp_path / "own.yaml"
    own = type("Own", (ImageProvider,), {"spec": str(path)})(Faker())
    draws: tuple[Callable[[], CloudImage], ...] = (
        own.cloud_image,
        lambda: own.cloud_images(1)[0],
    )

    for platform in ("Debian", "Ubuntu", "CentOS"):
        text = f"like: tenant\nplatforms: {{{platform}: 1}}\nmade: {{instance: 1}}\n"
        (tmp_path / "new.yaml").write_text(text)
        (tmp_path / "new.yaml").replace(path)

        assert {platform} == {draw().get("__platform") for draw in draws}

    path.unlink()
    for draw in draws:
        with pytest.raises(ImageSetError, match="neither a file nor a preset"):
            draw()


def test_a_spec_may_be_any_kind_of_path(tmp_path: Path) -> None:
    """Such as pytest's older `tmpdir`."""

    class Other(os.PathLike[str]):
        def __fspath__(self) -> str:
            return str(tmp_path / "own.yaml")

        __str__ = __fspath__

    (tmp_path / "own.yaml").write_text("like: tenant\nplatforms: {Debian: 1}\n")
    own = type("Own", (ImageProvider,), {"spec": Other()})(Faker())

    assert {"Debian"} == {own.cloud_image().get("__platform", "Debian") for _ in range(20)}


def test_images_one_by_one_are_as_different_as_a_generated_set(fake: AnyFaker) -> None:
    """However many are drawn: the systems, names and days of a set, and ids of their own."""
    images = [fake.image() for _ in range(3000)]

    assert 3000 == len({image["id"] for image in images})
    assert 1500 < len({image["name"] for image in images})
    assert 2000 < len({image["created_at"] for image in images})


def test_other_draws_between_them_change_no_later_image() -> None:
    """An image follows from one random number, not from the images before it."""
    alone, mixed = _faker(3), _faker(3)
    alone.random.getrandbits(64)
    mixed.image()

    assert alone.image() == mixed.image()


def test_the_fixture_of_pytest_draws_images(faker: AnyFaker) -> None:
    """Faker brings the fixture `faker`; a test adds the provider."""
    faker.add_provider(ImageProvider)

    assert faker.cloud_image()["self"].startswith("/v2/images/")
