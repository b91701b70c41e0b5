"""The parts that every page has: the document around it, facts, tiles and cards."""

from collections.abc import Iterable

from glancetape_cassettes.imageset.picture.style import style
from glancetape_cassettes.imageset.picture.text import named

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def document(
    *, kicker: str, title: str, facts: Iterable[tuple[str, str]], body: str, footer: str
) -> str:
    """Return a whole page that needs nothing but a browser.

    `facts` are labels and values, of which empty ones are left out. All but their values is HTML.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style()}
</style>
</head>
<body>
<main>
<header>
<p class="kicker">{kicker}</p>
<h1>{title}</h1>
{_facts(facts)}
</header>
{body}
<footer>{footer}</footer>
</main>
</body>
</html>
"""


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    shown = (
        f"<div><dt>{label}</dt><dd>{named(value)}</dd></div>" for label, value in facts if value
    )
    return f'<dl class="facts">{"".join(shown)}</dl>'


def tiles(numbers: Iterable[tuple[str, str]]) -> str:
    """Return the most important numbers, each with what it counts."""
    drawn = (
        f'<div class="tile"><b>{number}</b><span class="soft">{what}</span></div>'
        for number, what in numbers
    )
    return f'<section class="tiles" aria-label="In short">{"".join(drawn)}</section>'


def row(*cards: str) -> str:
    """Return cards that are beside each other where there is room; "" without one."""
    found = "".join(cards)
    return f'<div class="row">{found}</div>' if found else ""


def card(title: str, lead: str, body: str = "", classes: str = "") -> str:
    """Return a card with a heading, a line below it, and a drawing or a list."""
    kind = f"card {classes}".strip()
    lead = f'<p class="lead">{lead}</p>' if lead else ""
    return f'<section class="{kind}"><h2>{title}</h2>{lead}{body}</section>'
