"""The pages on generating and validating agree with the code: their tables, keys and examples."""

import doctest
import inspect
import re
from pathlib import Path

from glancetape_generators.provider import ImageProvider
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Spec
from glancetape_generators.validation import RULES
from support.running.processes import ROOT

DOCUMENT = ROOT / "docs" / "generating.md"
FAKER_DOCUMENT = ROOT / "docs" / "faker.md"
RULES_DOCUMENT = ROOT / "docs" / "validating.md"


def printed_fields() -> str:
    """Return the docstrings of the provider's methods as a table."""
    lines = ["| field | rule | source |", "|---|---|---|"]
    for name, method in sorted(inspect.getmembers(ImageProvider, inspect.isfunction)):
        if name.startswith("image_"):
            text = inspect.getdoc(method) or ""
            rule, source = (" ".join(part.split()) for part in text.split("\n\nSource:"))
            field, _, rule = rule.partition(": ")
            lines.append(f"| {field} | {rule.rstrip('.')} | {source.rstrip('.')} |")
    return "".join(f"{line}\n" for line in lines)


def printed_rules() -> str:
    """Return the rules of the validator as a table."""
    lines = ["| rule | | level | images of | source |", "|---|---|---|---|---|"]
    lines += [
        f"| {rule.name} | {rule.sentence} | {rule.level} | {rule.cloud} | {rule.source} |"
        for rule in RULES.values()
    ]
    return "".join(f"{line}\n" for line in lines)


def _shown(name: str, document: Path) -> str:
    (shown,) = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", document.read_text(), re.S)
    return str(shown)


def test_the_table_of_fields_is_what_the_provider_says() -> None:
    """The docstrings are the source; the page shows them."""
    assert printed_fields() == _shown("fields", FAKER_DOCUMENT)


def test_the_table_of_rules_is_that_of_the_validator() -> None:
    """Each rule with its source."""
    assert printed_rules() == _shown("rules", RULES_DOCUMENT)


def test_every_key_of_a_spec_is_in_the_table() -> None:
    """And no key that a spec no longer has."""
    table = DOCUMENT.read_text().split("| key | meaning |")[1].split("\n\n")[0]

    assert {*Spec.__dataclass_fields__, "like"} == set(re.findall(r"^\| `(\w+)`", table, re.M))


def test_the_example_of_a_spec_is_one(tmp_path: Path) -> None:
    """A reader can copy it into a file."""
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.S)
    own = tmp_path / "own.yaml"
    own.write_text(example)

    assert 40 == read_spec(own).projects.count


def test_the_example_of_the_provider_prints_what_the_page_shows() -> None:
    """A reader can type it into an interpreter."""
    (example,) = re.findall(r"```python\n(.*?)```", FAKER_DOCUMENT.read_text(), re.S)
    lines = doctest.DocTestParser().get_doctest(example, {"__name__": "page"}, "page", None, 0)

    failed, attempted = doctest.DocTestRunner().run(lines)

    assert (0, 16) == (failed, attempted)
