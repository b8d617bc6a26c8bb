"""What a terminal shows of a process: one page over the tables, as text."""

from __future__ import annotations

from typing import Any, Optional

from ..tables import Record, Tables

_TASKS = 12
_BLOCKS = 8
_FINDINGS = 8
_MAX_LINE = 200


def heading(hello: Record, entered: bool) -> str:
    """Which process this is."""
    process = hello["process"]
    how = "entered while it ran" if entered else "has the runtime in it"
    return plain(f"Process {process['pid']}, Python {process['python']}, {how}: {' '.join(process['argv'])}")


def page(tables: Tables, lag: dict[int, float]) -> list[str]:
    """Loops, tasks, blocks and findings, most telling first."""
    lines: list[str] = []
    for loop in sorted(tables.loops.records(), key=lambda loop: loop["id"]):
        lines += _loop_lines(tables, loop, lag.get(loop["id"]))
    if not lines:
        lines.append("No event loop has run yet.")
    lines += _task_lines(tables)
    blocks = sorted(tables.blocks.records(), key=lambda block: -block["total_ns"])
    lines.append("Held the loop:" if blocks else "Nothing has held the loop longer than the threshold.")
    lines += [f"  {block_line(tables, block)}" for block in blocks[:_BLOCKS]]
    lines += _more(len(blocks), _BLOCKS)
    # What held the loop is above.
    findings = [finding for finding in tables.findings.records() if finding["rule"] != "blocking"]
    if findings:
        lines.append("Findings:")
        lines += [f"  {finding_line(finding)}" for finding in findings[:_FINDINGS]]
        lines += _more(len(findings), _FINDINGS)
    dropped = tables.dropped
    if dropped["events"] or dropped["frames"]:
        lines.append(f"Not kept: {dropped['events']} events, {dropped['frames']} updates.")
    return [plain(line) for line in lines]


def block_line(tables: Tables, block: Record) -> str:
    """A line of the program that held the loop."""
    callee = block["callee"] or "the line itself"
    times = "once" if block["count"] == 1 else f"{block['count']} times"
    victims = f", {block['victims']} tasks waited" if block["victims"] else ""
    return (
        f"{_place(tables, block['site'])}: {callee} ({block['cause']}), {times}, longest {_time(block['max_ns'])}, "
        f"{_time(block['total_ns'])} in all{victims}"
    )


def finding_line(finding: Record) -> str:
    """A finding, with how often."""
    times = "" if finding["count"] == 1 else f" ({finding['count']} times)"
    return f"{finding['rule']}: {finding['message']}{times}"


def plain(text: str) -> str:
    """A line that can do nothing to the terminal: what a program names itself is text, not escape sequences."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= _MAX_LINE else shown[: _MAX_LINE - 1] + "…"


def _loop_lines(tables: Tables, loop: Record, lag_ms: Optional[float]) -> list[str]:
    spread = loop["lag_ms"]
    late = "" if lag_ms is None else f" {lag_ms:.1f} ms now,"
    lines = [
        f"Loop {loop['id']}: {loop['class']} in {tables.threads.get(loop['id'], loop['thread'])}, {loop['state']}; lag"
        f"{late} 99th of 100 {spread['p99']} ms, longest {spread['max']} ms"
    ]
    block = loop["block"]
    if block is not None:
        callee = f" by {block['callee']}" if block["callee"] else ""
        lines.append(f"  held for {_time(block['duration_ns'])}{callee} at {_place(tables, block['site'])}")
    return lines


def _task_lines(tables: Tables) -> list[str]:
    counts = tables.task_counts
    alive = [task for task in tables.tasks.records() if task["state"] not in ("finished", "cancelled", "failed")]
    by_state: dict[str, int] = {}
    for task in alive:
        by_state[task["state"]] = by_state.get(task["state"], 0) + 1
    states = ", ".join(f"{count} {state}" for state, count in sorted(by_state.items()))
    lines = [f"Tasks: {counts['alive']} alive{f' ({states})' if states else ''}, {counts['created']} created"]
    alive.sort(key=lambda task: (task["state"] == "waiting", task["since_ns"], task["id"]))
    for task in alive[:_TASKS]:
        wait = task["wait"]
        since = wait["since_ns"] if wait is not None else task["since_ns"]
        doing = f"waits on {wait['label']}" if wait is not None else task["state"]
        made = "" if task["created_site"] is None else f", made at {_place(tables, task['created_site'])}"
        age = _time(max(0, tables.time_ns - since))
        lines.append(f"  {task['name']} ({task['coroutine']}) {doing} for {age}{made}")
    return lines + _more(len(alive), _TASKS)


def _more(count: int, shown: int) -> list[str]:
    return [f"  … and {count - shown} more"] if count > shown else []


def _place(tables: Tables, site: Any) -> str:
    record = tables.sites.get(site) if site is not None else None
    if record is None:
        return "no line of the program"
    return f"{record['file']}:{record['line']} in {record['function']}"


def _time(ns: int) -> str:
    ms = ns / 1e6
    if ms < 1000:
        return f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
