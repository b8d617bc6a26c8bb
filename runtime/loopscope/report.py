"""The report: one function over the records, live or read from a recording."""

from __future__ import annotations

import json
import sys
from typing import Any, Optional

from .spread import milliseconds
from .tables import Tables

REPORT_SCHEMA = 1


def build(hello: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """The JSON report, as the public surface describes it. Times are in the unit that each name ends with."""
    places = {record["id"]: record for record in tables.sites.records()}

    def place(site: Optional[int]) -> dict[str, Any]:
        record = places.get(site) if site is not None else None
        if record is None:
            return {"file": None, "line": None, "function": None}
        return {"file": record["file"], "line": record["line"], "function": record["function"]}

    process = hello["process"]
    return {
        "schema": REPORT_SCHEMA,
        "loopscope": {
            "version": hello["version"],
            "level": hello["level"],
            "threshold_ms": hello["threshold_ms"],
            "overhead_seconds": round(tables.overhead_ns / 1e9, 6),
        },
        "process": {"pid": process["pid"], "python": process["python"], "argv": process["argv"]},
        "loops": [
            {
                "id": loop["id"],
                "class": loop["class"],
                "thread": tables.threads.get(loop["id"], loop["thread"]),
                "iterations": loop["iterations"],
                "lag_ms": {name: loop["lag_ms"][name] for name in ("p50", "p99", "max")},
            }
            for loop in sorted(tables.loops.records(), key=lambda loop: loop["id"])
        ],
        "tasks": {
            **tables.task_counts,
            "sites": [
                {**place(each["site"]), "created": each["created"], "alive": each["alive"]}
                for each in sorted(tables.task_sites.records(), key=lambda each: (-each["created"], each["site"]))
            ],
        },
        "blocking": [
            {
                **place(block["site"]),
                "callee": block["callee"],
                "cause": block["cause"],
                "count": block["count"],
                "total_seconds": round(block["total_ns"] / 1e9, 6),
                "max_seconds": round(block["max_ns"] / 1e9, 6),
                "task": block["task"],
                "victims": block["victims"],
                "stack": [place(site) for site in block["stack"]],
            }
            for block in sorted(tables.blocks.records(), key=lambda block: -block["total_ns"])
        ],
        "executors": [
            {
                "id": executor["id"],
                "type": executor["type"],
                "max_workers": executor["max_workers"],
                "submitted": executor["submitted"],
                "completed": executor["completed"],
                "max_queued": executor["max_queued"],
                "queue_wait_ms": executor["queue_wait_ms"],
                "run_ms": executor["run_ms"],
                "sites": [{**place(each["site"]), "submitted": each["submitted"]} for each in executor["sites"]],
            }
            for executor in sorted(tables.executors.records(), key=lambda executor: executor["id"])
        ],
        "findings": [
            {
                "rule": finding["rule"],
                "severity": finding["severity"],
                "file": place(finding["site"])["file"],
                "line": place(finding["site"])["line"],
                "message": finding["message"],
                "evidence": finding["evidence"],
            }
            for finding in sorted(tables.findings.records(), key=lambda finding: finding["id"])
        ],
        "executed": [
            {"file": each["file"], "lines": sorted(each["lines"]), "threshold_ms": each["threshold_ms"]}
            for each in sorted(tables.executed.records(), key=lambda each: each["file"])
        ],
        "notices": [{name: each[name] for name in ("severity", "code", "message")} for each in tables.notices],
        "dropped": dict(tables.dropped),
    }


def write(report: dict[str, Any], file: str, form: str) -> bool:
    """Write a report to a file, or to standard output for `-`, as `json` or `text`. A failure is said on standard
    error; False then."""
    text = as_text(report) if form == "text" else as_json(report)
    try:
        if file == "-":
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            with open(file, "w", encoding="utf-8") as opened:
                opened.write(text)
    except OSError as error:
        print(f"loopscope: the report could not be written to {file}: {error}", file=sys.stderr)
        return False
    return True


def as_json(report: dict[str, Any]) -> str:
    """The report as indented JSON with a final newline."""
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_text(report: dict[str, Any]) -> str:
    """The report as a page for a person."""
    process = report["process"]
    tasks = report["tasks"]
    lines = [
        f"Loopscope report of process {process['pid']} (Python {process['python']}): {' '.join(process['argv'])}",
        "",
    ]
    lines += _blocking_lines(report)
    lines.append(
        f"Tasks: {tasks['created']} created, {tasks['finished']} finished, {tasks['cancelled']} cancelled, "
        f"{tasks['failed']} failed, {tasks['alive']} alive."
    )
    lines += [f"  {site['created']:>7} made at {_where(site)}, {site['alive']} alive" for site in tasks["sites"][:10]]
    for loop in report["loops"]:
        lag = loop["lag_ms"]
        lines.append(
            f"Loop {loop['id']}: {loop['class']} in {loop['thread']}; lag in ms: middle {lag['p50']}, "
            f"99th of 100 {lag['p99']}, longest {lag['max']}."
        )
    for executor in report["executors"]:
        wait, run = executor["queue_wait_ms"], executor["run_ms"]
        lines.append(
            f"Executor {executor['id']}: {executor['type']}, {executor['max_workers']} workers; "
            f"{executor['completed']} of {executor['submitted']} jobs done, at most {executor['max_queued']} queued; "
            f"in ms: queue wait {_spread(wait)}, run {_spread(run)}."
        )
        lines += [f"  {site['submitted']:>7} submitted at {_where(site)}" for site in executor["sites"][:10]]
    lines += [f"Note: {each['message']}" for each in report["notices"]]
    dropped = report["dropped"]
    if dropped["events"] or dropped["frames"]:
        lines.append(f"Not kept: {dropped['events']} events, {dropped['frames']} updates.")
    scope = report["loopscope"]
    lines.append(
        f"Loopscope {scope['version']}, level {scope['level']}, threshold {scope['threshold_ms']:g} ms, "
        f"used {scope['overhead_seconds']:.3f} s of processor time itself."
    )
    return "\n".join(lines) + "\n"


def _blocking_lines(report: dict[str, Any]) -> list[str]:
    blocking = report["blocking"]
    if not blocking:
        return ["Nothing held an event loop longer than the threshold.", ""]
    lines = ["What held an event loop:"]
    for block in blocking:
        what = block["callee"] or ("the line itself" if block["file"] else "no line of the program")
        lines.append(
            f"  {_where(block)}: {what} ({block['cause']}), {block['count']} times, "
            f"{block['max_seconds']:.3f} s at the longest, {block['total_seconds']:.3f} s in all"
            + (f", {block['victims']} tasks waited" if block["victims"] else "")
        )
    lines.append("")
    return lines


def _where(place: dict[str, Any]) -> str:
    if place["file"] is None:
        return "(no line)"
    return f"{place['file']}:{place['line']} in {place['function']}"


def _spread(spread: dict[str, Any]) -> str:
    if spread["p50"] is None:
        return "not measured"
    return f"middle {milliseconds(int(spread['p50'] * 1e6))}, longest {milliseconds(int(spread['max'] * 1e6))}"
