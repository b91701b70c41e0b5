"""Compare a generated set with an import of the same images."""

from pathlib import Path

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_generators.generating import generate_set
from glancetape_generators.spec.spec import Spec
from support.sets.generated import SEED, lines_of, tables_of


def assert_equal_to_import(spec: Spec, count: int, folder: Path) -> None:
    """Make a set both ways and compare it table by table."""
    made, imported, source = (folder / name for name in ("made", "imported", "a.ndjson"))
    generate_set(spec, count, SEED, made, {}, force=True)
    source.write_bytes(b"".join(lines_of(spec, count)))
    import_ndjson(source, imported, {}, force=True)

    expected, actual = tables_of(imported), tables_of(made)

    assert len(expected) > 6
    assert expected.keys() == actual.keys()
    for table in expected:
        assert expected[table] == actual[table], table
    with ImageSet(made) as one, ImageSet(imported) as other:
        assert other.about == one.about
