"""Brings the tables, which are what everybody is told, up to date with what the runtime knows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .findings import blocking
from .tables import Record

if TYPE_CHECKING:
    from .session import Session

# Tasks that have ended are kept until every sink has been told; for a sink that stopped taking, no more than these.
_MAX_ENDED_KEPT = 10_000


class Refreshing:
    """Writes the records of one session. Belongs to whoever holds the session's lock."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sites_sent = 0
        self._ended_kept: deque[tuple[int, int]] = deque()

    def refresh(self) -> None:
        """Bring all tables up to date."""
        session = self._session
        tables = session.tables
        traced = session.levels.current == "trace"
        for state in list(session.loops.states.values()):
            state.read_queues()
            task = session.task_id(state.hold.callback.address) if state.hold is not None else None
            block = state.open_block(session.clock, task, session.threshold_ns)
            tables.put_loop(state.record(session.clock, block, traced))
            tables.threads[state.id] = state.thread_name
        self._end_tasks()
        for record in session.executors.records(session.loops.default_of, session.task_id):
            tables.executors.put(record["id"], record)
        forgotten, session.executors.newly_forgotten = session.executors.newly_forgotten, []
        for executor in forgotten:
            tables.executors.remove(executor)
        changed, session.blocks.changed = session.blocks.changed, []
        for identifier in changed:
            block = session.blocks.records[identifier]
            tables.blocks.put(identifier, block)
            finding = blocking.check(block)
            if finding is not None:
                known = tables.findings.get(finding["id"])
                tables.findings.put(finding["id"], finding)
                if known is None or known["count"] < finding["count"]:
                    self._note_finding(finding, block)
        session.findings.put_into(tables)
        session.levels.put_into()
        counts, session.tasks.changed_sites = session.tasks.changed_sites, []
        for count in counts:
            count.changed = False
            if count.site is not None:
                record = {"site": count.site, "created": count.created, "alive": count.alive}
                tables.task_sites.put(count.site, record)
        for site in range(self._sites_sent, len(session.sites)):
            tables.sites.put(site, session.sites.record(site))
        self._sites_sent = len(session.sites)
        tables.task_counts = session.tasks.counts()
        tables.dropped = {
            "events": session.errors
            + session.tasks.dropped
            + session.sites.overflowed
            + session.blocks.overflowed
            + session.executors.untracked
            + session.executors.forgotten
            + session.sinks.lag_points_dropped
            + session.snapshots.dropped
            + session.levels.dropped
            + session.executed.dropped
            + session.findings.events_dropped(),
            "frames": session.sinks.frames_dropped,
        }
        tables.notices = list(session.sinks.noticed)
        tables.overhead_ns = session.used_ns
        tables.time_ns = session.clock.now_ns()

    def _note_finding(self, finding: Record, block: Record) -> None:
        """Tell the debugger, which may be asked to stop at findings."""
        session = self._session
        state = session.loops.states.get(block["loop"])
        found = None if state is None else state.reference()
        if session.controller is not None and found is not None and found.is_running():
            stack = [session.sites.record(site) for site in block["stack"]]
            session.controller.note_finding(found, finding["rule"], finding["message"], 0, stack)

    def _end_tasks(self) -> None:
        """Bring the last state of tasks that have ended, and forget those whose last state everybody has been told."""
        session = self._session
        tables = session.tables
        ended, session.tasks.newly_ended = session.tasks.newly_ended, []
        now = session.clock.now_ns()
        for reference, exception in ended:
            notes = reference.notes
            if notes is None or notes.record is None:
                continue
            record = dict(notes.record, state=reference.state, since_ns=now, wait=None, exception=exception)
            notes.record = None
            tables.tasks.put(reference.id, record)
            session.levels.task_ended(reference.id)
            self._ended_kept.append((reference.id, tables.versions.current))
        told = session.sinks.told_version(tables.versions.current)
        kept = self._ended_kept
        while kept and (kept[0][1] <= told or len(kept) > _MAX_ENDED_KEPT):
            identifier, version = kept.popleft()
            if version > told:
                session.tasks.dropped += 1
            tables.tasks.remove(identifier)
            tables.steps.remove(identifier)
