"""The lines where a linter foresees a block, read from its findings."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from .protocol import MAX_WATCHED_LINES


class BadFindings(ValueError):
    """A file that holds no findings; the text is one sentence for a person."""


class Foreseen(NamedTuple):
    """What can be watched of the lines that findings name."""

    #: As the request `watch-lines` names them.
    files: list[dict[str, Any]]
    #: How many lines there are beyond those that can be watched.
    left_out: int


def read(name: str) -> Foreseen:
    """The lines of each blocking finding in a file that `loopscope-lint --format json` wrote. Raises BadFindings."""
    advice = "give the file that loopscope-lint --format json wrote."
    try:
        with open(name, encoding="utf-8") as opened:
            findings = json.load(opened)
    except OSError as error:
        raise BadFindings(f"{name} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise BadFindings(f"{name} is not JSON: {advice}") from None
    if not isinstance(findings, list) or not all(isinstance(finding, dict) for finding in findings):
        raise BadFindings(f"{name} holds no list of findings: {advice}")
    places: dict[tuple[str, int], None] = {}
    for finding in findings:
        if not str(finding.get("rule")).startswith("blocking-"):
            continue
        for place in finding.get("chain") or [finding]:
            file, line = (place.get("file"), place.get("line")) if isinstance(place, dict) else (None, None)
            if not isinstance(file, str) or not os.path.isabs(file) or type(line) is not int or line < 1:
                raise BadFindings(f"{name} holds a finding without a place: {advice}")
            places[file, line] = None
    kept = list(places)[:MAX_WATCHED_LINES]
    lines: dict[str, list[int]] = {}
    for file, line in kept:
        lines.setdefault(file, []).append(line)
    return Foreseen([{"file": file, "lines": lines[file]} for file in lines], len(places) - len(kept))
