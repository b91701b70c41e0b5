"""The tables of docs/clients.md: what was done there, compared with what clients do now.

The page marks them: the operations are between `<!-- operations -->` and `<!-- /operations -->`,
the clients between `<!-- clients -->` and `<!-- /clients -->`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from support.interop.clients import EXTRA, OPERATIONS, ROWS, Client, Performed, Source, Way

PAGE = Path(__file__).parents[3] / "docs" / "clients.md"
RENEW = "scripts/clients --table writes it again"
_HEAD = f"| client | release | {' | '.join(way.value for way in Way)} | to know |"
_NEVER = "–"


@dataclass
class Row:
    """What a client did: how many operations, by way and source."""

    release: str
    counts: dict[tuple[Way, Source], str]
    notes: str

    def line(self, name: str) -> str:
        """The row as the page has it."""
        cells = [
            " + ".join(self.counts.get((way, source), _NEVER) for source in Source) for way in Way
        ]
        return f"| {' | '.join([name, self.release, *cells, self.notes])} |"


@dataclass
class Table:
    """The rows of the page by their client's name."""

    rows: dict[str, Row] = field(default_factory=dict)
    is_renewed: bool = False
    """Whether what clients do now replaces what the page says."""

    @classmethod
    def read(cls, *, renewed: bool = False) -> "Table":
        """Read the page."""
        page = PAGE.read_text("utf-8")
        table = page.partition("<!-- clients -->\n")[2].partition("<!-- /clients -->\n")[0]
        rows = {}
        for line in table.splitlines()[2:]:
            name, release, *cells, notes = [cell.strip() for cell in line.strip("|").split("|")]
            counts = {
                (way, source): count
                for way, cell in zip(Way, cells, strict=True)
                for source, count in zip(Source, cell.split(" + "), strict=True)
            }
            rows[name] = Row(release, counts, notes)
        return cls(rows, renewed)

    def compare(self, client: Client, way: Way, source: Source, done: Performed) -> None:
        """Compare what a client did with its row."""
        notes = " ".join([*done.notes, *([client.notes] if client.notes else [])])
        count = str(len(done.results))
        if self.is_renewed:
            row = self.rows.setdefault(client.name, Row("", {}, ""))
            row.release, row.notes = done.release, notes
            row.counts[way, source] = count
            return
        written = self.rows.get(client.name)
        assert written, f"{PAGE.name} has no row {client.name}; {RENEW}"
        now = (done.release, count, notes)
        assert now == (written.release, written.counts[way, source], written.notes), RENEW

    def write(self) -> None:
        """Write both tables of the page, without rows of clients that are gone."""
        lines = [self.rows[one.name].line(one.name) for one in ROWS if one.name in self.rows]
        text = PAGE.read_text("utf-8")
        parts = {
            "operations": operations_list(),
            "clients": "\n".join([_HEAD, "|---" * (len(Way) + 3) + "|", *lines]) + "\n",
        }
        for name, body in parts.items():
            start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
            before, _, rest = text.partition(start)
            text = before + start + body + end + rest.partition(end)[2]
        PAGE.write_text(text, "utf-8")


def operations_list() -> str:
    """What each client does, and what some do besides."""
    more = "; ".join(EXTRA.values())
    lines = [*OPERATIONS.values(), f"on an image set, clients of IMS also: {more}"]
    return "".join(f"- {words}\n" for words in lines)
