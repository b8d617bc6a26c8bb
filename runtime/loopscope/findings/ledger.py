"""The `Finding` records of every rule but `blocking`, whose records follow its blocks."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Optional

from ..protocol import MAX_BLOCKS, MAX_FINDING_TASKS
from ..tables import Tables
from .verdict import Evidence, Rule, Value

MAX_FINDINGS = 500
# A finding of the rule `blocking` has the id of its block.
_FIRST_ID = MAX_BLOCKS + 1


class Ledger:
    """Findings by rule and key. Belongs to the watchdog. Bounded by `MAX_FINDINGS`; what does not fit is counted."""

    def __init__(self, on_case: Callable[[dict[str, Any], int], None]) -> None:
        """`on_case(record, task)` is told of every case that is not only a renewal; the task is a number, or 0."""
        self.overflowed = 0
        self._on_case = on_case
        self._records: dict[Hashable, dict[str, Any]] = {}
        self._cases: dict[Hashable, set[Hashable]] = {}
        self._changed: dict[int, dict[str, Any]] = {}

    def put(
        self,
        rule: Any,
        key: Hashable,
        site: Optional[int],
        evidence: Evidence,
        case: Hashable = None,
        task: int = 0,
        quietly: bool = False,
        tasks: tuple[int, ...] = (),
    ) -> None:
        """Keep a finding of a rule's module. Equal keys are one finding.

        A `case` that was put before only renews the evidence; None is a case of its own every time. `task` is the
        number of the task at which a debugger may stop, 0 when there is none. `quietly` leaves `on_case` alone. `tasks`
        are the numbers of those that it is about, beside those of the cases before.
        """
        about: Rule = rule
        whole = (about.RULE, key)
        previous = self._records.get(whole)
        if previous is None and len(self._records) >= MAX_FINDINGS:
            self.overflowed += 1
            return
        count: int = 1 if previous is None else previous["count"]
        cases = self._cases.setdefault(whole, set())
        is_new = case is None or case not in cases
        if previous is not None and is_new:
            count += 1
        if case is not None and len(cases) < MAX_FINDINGS:
            cases.add(case)
        message = about.format(evidence)
        if count > 1:
            message += f" In all, {about.summary(count)}."
        record: dict[str, Any] = {
            "id": _FIRST_ID + len(self._records) if previous is None else previous["id"],
            "rule": about.RULE,
            "severity": about.SEVERITY,
            "site": site,
            "message": message,
            "count": count,
            "evidence": {name: _rounded(value) for name, value in evidence.items()},
            "tasks": _together([] if previous is None else previous["tasks"], tasks),
        }
        self._records[whole] = record
        self._changed[record["id"]] = record
        if is_new and not quietly:
            self._on_case(record, task)

    def put_into(self, tables: Tables) -> None:
        """Bring the tables up to date."""
        changed, self._changed = self._changed, {}
        for identifier, record in changed.items():
            tables.findings.put(identifier, record)


def _together(before: list[int], tasks: tuple[int, ...]) -> list[int]:
    return [*(each for each in before if each not in tasks), *tasks][-MAX_FINDING_TASKS:]


def _rounded(value: Value) -> Value:
    return round(value, 6) if isinstance(value, float) else value
