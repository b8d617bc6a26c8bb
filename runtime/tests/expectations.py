"""Reads what an inspected program says Loopscope must report of it, and compares a report with that.

The statements are comments at the head of each file in `test/programs`; the grammar is in `test/programs/README.md`.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATEMENT = "# loopscope:"
_MARKER = re.compile(r"#\s*<-\s*([\w-]+)\s*$")
_RANGE = re.compile(r"^(\d+(?:\.\d+)?)(\.\.(\d+(?:\.\d+)?)?)?$")

#: The causes that are the fault of the line that is named; the others (`gc`, `gil`, `machine`, `suspended`, `debugger`)
#: say that something else held the loop, which a busy machine may do to any program.
LINE_CAUSES = frozenset({"sleep", "io", "lock", "cpu", "native"})

_KEYS: dict[str, frozenset[str]] = {
    "blocks": frozenset({"line", "file", "callee", "cause", "count", "max-seconds", "task", "victims"}),
    "site": frozenset({"line", "file", "created"}),
    "tasks": frozenset({"created", "finished", "cancelled", "failed", "alive"}),
    "executor": frozenset({"type", "max-workers", "submitted", "completed", "max-queued", "offloads"}),
    "loops": frozenset({"count"}),
    "finding": frozenset({"rule", "file", "line", "count", "python"}),
}
_REQUIRED: dict[str, frozenset[str]] = {
    "blocks": frozenset({"line", "cause", "count", "max-seconds"}),
    "site": frozenset({"line", "created"}),
    "tasks": frozenset(),
    "executor": frozenset({"type"}),
    "loops": frozenset({"count"}),
    "finding": frozenset({"rule"}),
}


class ExpectationError(ValueError):
    """A head comment that cannot be read; the message names the file, the line and what to write instead."""


@dataclass(frozen=True)
class Statement:
    """One `# loopscope:` line: its kind, its values by key, and the source lines its marker stands on."""

    kind: str
    values: Mapping[str, str]
    file: Path
    lines: frozenset[int]

    def __str__(self) -> str:
        return " ".join([self.kind, *(f"{key}={value}" for key, value in self.values.items())])


@dataclass
class Expectations:
    """Everything one program says of itself."""

    program: Path
    exit_code: int = 0
    statements: list[Statement] = field(default_factory=list)

    def of(self, kind: str) -> list[Statement]:
        """The statements of one kind, in the order they are written."""
        return [statement for statement in self.statements if statement.kind == kind]

    @property
    def blocks(self) -> bool:
        """Whether the program holds its loop."""
        return bool(self.of("blocks"))


def within(wanted: str, value: float) -> bool:
    """Whether a number lies in a range written as `3`, `3..` or `3..5` (both ends included)."""
    match = _RANGE.match(wanted)
    if match is None:
        raise ExpectationError(f"'{wanted}' is not a number or a range; write 3, 3.. or 3..5")
    low = float(match.group(1))
    if match.group(2) is None:
        return value == low
    return low <= value and (match.group(3) is None or value <= float(match.group(3)))


def within_some(wanted: str, value: int, more: int) -> bool:
    """Whether a number lies in a range when up to so many `more` may be added to it."""
    return any(within(wanted, value + extra) for extra in range(more + 1))


def one_of(wanted: str, value: str | None) -> bool:
    """Whether a name is one of those written as `a|b`; `*` is any name, `none` is no name."""
    return any(
        value is not None if choice == "*" else value is None if choice == "none" else value == choice
        for choice in wanted.split("|")
    )


def marked_lines(file: Path, marker: str) -> frozenset[int]:
    """The numbers of the lines that end with `# <- marker`."""
    numbers = set()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        match = _MARKER.search(line)
        if match is not None and match.group(1) == marker:
            numbers.add(number)
    return frozenset(numbers)


def _heading(program: Path) -> Iterator[tuple[str, list[str]]]:
    """The place and the words of each statement in the comment at the head of a program."""
    for number, line in enumerate(program.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.startswith("#"):
            break
        if line.startswith(STATEMENT):
            yield f"{program.name}:{number}", shlex.split(line[len(STATEMENT) :])


def read_statements(program: Path) -> list[Statement]:
    """Reads the head comment of a program that says nothing of its blocks and its exit; raises `ExpectationError`."""
    return [_statement(program, where, words) for where, words in _heading(program)]


def read_expectations(program: Path) -> Expectations:
    """Reads the head comment of a program; raises `ExpectationError` when it is not as the grammar says."""
    expectations = Expectations(program)
    says_no_blocks = says_exit = False
    for where, words in _heading(program):
        if words == ["no", "blocks"]:
            says_no_blocks = True
        elif len(words) == 2 and words[0] == "exit" and words[1].isdigit():
            expectations.exit_code = int(words[1])
            says_exit = True
        else:
            expectations.statements.append(_statement(program, where, words))
    if says_no_blocks == expectations.blocks:
        raise ExpectationError(f"{program.name}: say either 'no blocks' or what 'blocks', once for each place")
    if not says_exit:
        raise ExpectationError(f"{program.name}: say 'exit' and the program's exit code")
    return expectations


def _statement(program: Path, where: str, words: list[str]) -> Statement:
    kind = words[0] if words else ""
    if kind not in _KEYS:
        raise ExpectationError(f"{where}: '{kind}' is no statement; use 'no blocks', exit, {', '.join(sorted(_KEYS))}")
    values: dict[str, str] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals or key not in _KEYS[kind]:
            raise ExpectationError(f"{where}: '{word}' does not belong to {kind}; use {', '.join(sorted(_KEYS[kind]))}")
        values[key] = value
    missing = _REQUIRED[kind] - values.keys()
    if missing:
        raise ExpectationError(f"{where}: {kind} lacks {', '.join(sorted(missing))}")
    file = program.with_name(values["file"]) if "file" in values else program
    if not file.is_file():
        raise ExpectationError(f"{where}: there is no file {file.name} beside the program")
    marker = values.get("line", values.get("offloads"))
    lines = frozenset() if marker is None else marked_lines(file, marker)
    if marker is not None and not lines:
        raise ExpectationError(f"{where}: no line of {file.name} ends with '# <- {marker}'")
    return Statement(kind, values, file, lines)


def compare(expectations: Expectations, report: Mapping[str, Any], starved: bool = False) -> list[str]:
    """Says in sentences where a JSON report differs from what the program states; an empty list is agreement.

    On a `starved` machine a report may truly say that the machine, and not the line, held the loop: so many holds of
    lines may be missing as it says that of. And what became of a task that ended and was freed between two looks is not
    known to have been anything but its end.
    """
    complaints, excused = _compare_blocks(expectations, report["blocking"], starved)
    complaints += _compare_blocking_findings(expectations, report["findings"], excused)
    complaints += _compare_tasks(expectations, report["tasks"], starved)
    complaints += _compare_executors(expectations, report["executors"])
    for statement in expectations.of("loops"):
        if not within(statement.values["count"], len(report["loops"])):
            complaints.append(f"expected {statement}, the report has {len(report['loops'])}")
    return complaints + compare_findings(expectations.of("finding"), report["findings"])


def compare_findings(statements: list[Statement], findings: list[Mapping[str, Any]]) -> list[str]:
    """Says which findings are missing and which are not stated; those of `blocking` belong to the blocks."""
    complaints = []
    unstated = [finding for finding in findings if finding["rule"] != "blocking"]
    for statement in statements:
        values = statement.values
        mine = [
            finding
            for finding in findings
            if finding["rule"] == values["rule"] and (not statement.lines or _is_at(statement, finding))
        ]
        wanted = values.get("count", "1..")
        if "python" in values and sys.version_info < tuple(map(int, values["python"].split("."))):
            wanted = "0"
        if not within(wanted, len(mine)):
            complaints.append(f"expected {statement}, the report has {len(mine)}")
        unstated = [finding for finding in unstated if finding not in mine]
    for finding in unstated:
        complaints.append(f"unexpected finding {finding['rule']} at {_place(finding)}: {finding['message']}")
    return complaints


def _is_at(statement: Statement, record: Mapping[str, Any]) -> bool:
    file = record["file"]
    return file is not None and record["line"] in statement.lines and Path(file).resolve() == statement.file.resolve()


def _place(record: Mapping[str, Any]) -> str:
    file = record["file"]
    return f"{Path(file).name if file else 'no file'}:{record['line']}"


def _compare_blocks(
    expectations: Expectations, blocking: list[Mapping[str, Any]], starved: bool
) -> tuple[list[str], list[Statement]]:
    """The complaints, and the statements of which all holds are excused."""
    complaints: list[str] = []
    excused: list[Statement] = []
    excuses = sum(block["count"] for block in blocking if block["cause"] not in LINE_CAUSES) if starved else 0
    unexplained = [block for block in blocking if block["cause"] in LINE_CAUSES]
    for statement in expectations.of("blocks"):
        values = statement.values
        mine = [
            block
            for block in unexplained
            if _is_at(statement, block)
            and one_of(values["cause"], block["cause"])
            and one_of(values.get("callee", "*|none"), block["callee"])
            and one_of(values.get("task", "*|none"), block["task"])
        ]
        if not mine:
            if within_some(values["count"], 0, excuses):
                excuses -= 1
                excused.append(statement)
            else:
                complaints.append(f"expected {statement}, the report has no such block")
            continue
        unexplained = [block for block in unexplained if block not in mine]
        count = sum(block["count"] for block in mine)
        longest = max(block["max_seconds"] for block in mine)
        total = sum(block["total_seconds"] for block in mine)
        victims = max(block["victims"] for block in mine)
        if not within_some(values["count"], count, excuses):
            complaints.append(f"expected {statement}, the report counts {count}")
        if not within(values["max-seconds"], longest):
            complaints.append(f"expected {statement}, the longest reported is {longest:.3f} s")
        # Each is rounded to a microsecond by itself.
        if not longest <= total + 1e-6 <= longest * count + (count + 2) * 1e-6:
            complaints.append(f"{statement}: total {total:.3f} s does not fit {count} holds of at most {longest:.3f} s")
        if not within(values.get("victims", "0.."), victims):
            complaints.append(f"expected {statement}, the report has {victims} victims")
        for block in mine:
            stack = block["stack"]
            if not any(_is_at(statement, entry) for entry in stack):
                complaints.append(f"{statement}: the stack does not lead to the line: {stack}")
    for block in unexplained:
        complaints.append(
            f"unexpected block at {_place(block)}: {block['callee']}, cause {block['cause']}, {block['count']} times, "
            f"{block['max_seconds']:.3f} s"
        )
    return complaints, excused


def _compare_blocking_findings(
    expectations: Expectations, findings: list[Mapping[str, Any]], excused: list[Statement]
) -> list[str]:
    complaints = []
    mine = [finding for finding in findings if finding["rule"] == "blocking"]
    for statement in expectations.of("blocks"):
        if statement not in excused and not any(_is_at(statement, finding) for finding in mine):
            complaints.append(f"expected a blocking finding for {statement}")
    for finding in mine:
        cause = finding["evidence"].get("cause")
        if not any(_is_at(statement, finding) for statement in expectations.of("blocks")) and cause in LINE_CAUSES:
            complaints.append(f"unexpected blocking finding at {_place(finding)}: {finding['message']}")
    return complaints


def _compare_tasks(expectations: Expectations, tasks: Mapping[str, Any], starved: bool) -> list[str]:
    complaints = []
    ended_or_alive = tasks["finished"] + tasks["cancelled"] + tasks["failed"] + tasks["alive"]
    if tasks["created"] != ended_or_alive:
        complaints.append(f"{tasks['created']} tasks created, but {ended_or_alive} ended or alive: {tasks}")
    for statement in expectations.of("tasks"):
        for key, wanted in statement.values.items():
            unseen = tasks["finished"] if starved and key in ("cancelled", "failed") else 0
            if not within_some(wanted, tasks[key], unseen):
                complaints.append(f"expected tasks {key}={wanted}, the report has {tasks[key]}")
    for statement in expectations.of("site"):
        created = sum(site["created"] for site in tasks["sites"] if _is_at(statement, site))
        if not within(statement.values["created"], created):
            complaints.append(f"expected {statement}, the report has {created}")
    return complaints


def _compare_executors(expectations: Expectations, executors: list[Mapping[str, Any]]) -> list[str]:
    complaints = []
    unexplained = list(executors)
    for statement in expectations.of("executor"):
        mine = next((executor for executor in unexplained if _fits(statement, executor)), None)
        if mine is None:
            seen = [{key: value for key, value in executor.items() if key != "run_ms"} for executor in unexplained]
            complaints.append(f"expected {statement}, the report has {seen}")
        else:
            unexplained.remove(mine)
    complaints += [f"unexpected executor: {executor}" for executor in unexplained]
    return complaints


def _fits(statement: Statement, executor: Mapping[str, Any]) -> bool:
    if executor["type"] != statement.values["type"]:
        return False
    for key in ("max-workers", "submitted", "completed", "max-queued"):
        if not within(statement.values.get(key, "0.."), executor[key.replace("-", "_")]):
            return False
    return not statement.lines or any(_is_at(statement, site) for site in executor["sites"])
