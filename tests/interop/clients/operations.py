"""What the client programs share: `PROGRAM PLAN`, and the one form in which all of them answer.

PLAN is a JSON file: where the cloud is (`auth_url`, `image_url`, `region`), who logs in (`login`),
what is asked for (`ids`: `known`, `shared`, `unknown`; `name`), and which `operations` to perform.
The results go to the file that `results` names: of each operation what the client's user sees.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PLAN: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
LOGIN: dict[str, Any] = PLAN["login"]
IDS: dict[str, str] = PLAN["ids"]

Operation = Callable[[], Any]


class Refused(Exception):
    """The service refused: its status, and the text that the client's user gets to see."""

    def __init__(self, status: int | None, text: str) -> None:
        """Take both."""
        super().__init__(text)
        self.status_code = status


def perform(
    release: str,
    operations: Mapping[str, Operation],
    *,
    cannot: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Perform the operations of the plan and write the results.

    `cannot` says of an operation why this client has none, and `notes` what a user should know.
    """
    left_out = cannot or {}
    results = {
        name: _result(operations[name]) for name in PLAN["operations"] if name not in left_out
    }
    sentences = list(dict.fromkeys([*left_out.values(), *notes]))
    answer = {"release": release, "results": results, "notes": sentences}
    Path(PLAN["results"]).write_text(json.dumps(answer), "utf-8")


def _result(operation: Operation) -> Any:
    try:
        return operation()
    except Exception as error:  # noqa: BLE001 - whatever a library raises
        return {"error": type(error).__name__, "status": _status(error), "text": str(error)}


def _status(error: Exception) -> int | None:
    for name in ("status_code", "http_status", "code"):
        if isinstance(status := getattr(error, name, None), int):
            return status
    return None
