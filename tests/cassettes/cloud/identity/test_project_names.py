"""The names of projects, which images made by Nova have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from glancetape_cassettes.cloud.identity.project_names import ProjectNames
from glancetape_cassettes.imageset.image_set import ImageSet
from support.sets.imagesets import ME, OTHER, THIRD
from support.sets.set_files import make_set, record

FOURTH = "4" * 32
RECORDS = [
    record("old", owner=ME, owner_id=ME, owner_project_name="before",
           created_at="2021-01-01T00:00:00Z"),
    record("new", owner=ME, owner_id=ME, owner_project_name="shop-prod",
           created_at="2022-01-01T00:00:00Z"),
    # Given to another project; without a name; not of Nova; with a name that is none.
    record("given", owner=OTHER, owner_id=ME, owner_project_name="shop-prod",
           created_at="2023-01-01T00:00:00Z"),
    record("nameless", owner=OTHER, owner_id=OTHER),
    record("upload", owner=THIRD, owner_project_name="wrong"),
    record("null", owner=THIRD, owner_id=THIRD, owner_project_name=None),
    record("empty", owner=FOURTH, owner_id=FOURTH, owner_project_name=""),
]  # fmt: skip


@pytest.fixture(name="names", scope="module")
def _names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectNames]:
    path = tmp_path_factory.mktemp("set") / "named.images"
    make_set(path, RECORDS)
    with ImageSet(path) as images:
        yield ProjectNames(images)


@pytest.mark.parametrize(
    ("project", "name"),
    [(ME, "shop-prod"), (OTHER, None), (THIRD, None), (FOURTH, None), ("", None), ("\udcff", None)],
)
def test_the_newest_image_of_a_project_has_its_name(
    names: ProjectNames, project: str, name: str | None
) -> None:
    """The project of `owner_id`, as long as it owns the image."""
    assert name == names.name_of(project)


@pytest.mark.parametrize(
    ("name", "project"),
    [("shop-prod", ME), ("before", ME), ("wrong", None), ("", None), ("other", None),
     ("\udcff", None)],
)  # fmt: skip
def test_a_project_is_found_by_its_name(
    names: ProjectNames, name: str, project: str | None
) -> None:
    """By an earlier one, too."""
    assert project == names.id_of(name)


def test_an_image_of_another_project_hides_no_name(tmp_path: Path) -> None:
    """However many of them are newer: those of one project are few."""
    newer = [
        record(f"given{n}", owner=OTHER, owner_id=ME, owner_project_name="shop-prod")
        for n in range(100)
    ]
    make_set(tmp_path / "many.images", [*newer, RECORDS[1]])

    with ImageSet(tmp_path / "many.images") as images:
        assert "shop-prod" == ProjectNames(images).name_of(ME)


def test_a_set_without_names_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No image of IMS has one."""
    make_set(tmp_path / "ims.images", [record("a", owner=ME)])
    with ImageSet(tmp_path / "ims.images") as images:
        names = ProjectNames(images)
        monkeypatch.setattr(images, "having", None)

        assert names.name_of(ME) is names.id_of("a") is None
