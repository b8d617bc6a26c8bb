"""The runtime at work in one process: owns all state, and says what is done when, at each tick of the watchdog."""

from __future__ import annotations

import _thread
import asyncio
import importlib
import os
import sys
import threading
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, Optional

from .arming import ImportWatcher
from .await_stack import AwaitStacks
from .blocks import BlockTable
from .clock import Clock, monotonic_ns
from .executed import ExecutedLines
from .executors import ExecutorRegistry
from .findings.examiner import Examiner
from .frames import Blindness
from .hooks import Hook
from .hooks.children import ChildrenHook
from .hooks.exception_handler import ExceptionHandlerHook
from .hooks.garbage import GarbageHook
from .hooks.program_end import ProgramEndHook
from .hooks.running_loop import RunningLoopHook
from .hooks.task_creation import TaskCreationHook
from .hooks.unawaited import UnawaitedHook
from .hooks.work_items import WorkItemHook
from .lag import LagProbes
from .looking import Lookout
from .loop_registry import LoopRegistry
from .options import Options
from .process import hello
from .recording import RecordingSink
from .refreshing import Refreshing
from .sinks import Sinks
from .sites import SiteTable
from .snapshot import Snapshots
from .tables import Record, Tables
from .tasks import TaskRegistry
from .trace.levels import Levels
from .viewers import Viewers
from .waking import Moment, this_moment
from .watchdog import Watchdog

if TYPE_CHECKING:
    from .control.controller import Controller

# A viewer may have something to say, even while no loop runs.
_CONNECTED_NS = 50_000_000
# While nobody asks, what can wait waits as long as this, unless so much of it has come together.
_CHORES_EVERY_NS = 500_000_000
_LONG_LOG = 5_000
# When the job of a process pool began is known as well as it is looked for.
_PROCESSES_EVERY_NS = 200_000_000
_LOCK_SECONDS = 1.0
# How long the first loop waits for a debugger's breakpoints, and how often is looked for them meanwhile.
_DEBUGGER_SECONDS = 3.0
_AWAITING_DEBUGGER_NS = 2_000_000


class Session:
    """One installation of the runtime. Everything runs in the watchdog's thread unless it says otherwise."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.threshold_ns = options.threshold_ns
        self.clock = Clock()
        self.pid = os.getpid()
        self.tables = Tables()
        self.sites = SiteTable()
        self.loops = LoopRegistry()
        self.tasks = TaskRegistry(self.sites)
        self.executors = ExecutorRegistry(self.sites, self.clock)
        self.blocks = BlockTable()
        self.garbage = GarbageHook()
        self.snapshots = Snapshots(self)
        self.await_stacks = AwaitStacks(self)
        self.sinks = Sinks(self.glance)
        self.viewers = Viewers(self)
        self.hello = hello(options, self.clock)
        self.errors = 0
        self.in_loop_ns = 0
        self.lock = _thread.allocate_lock()
        self.watchdog: Optional[Watchdog] = None
        # Holds loops for a viewer; there once one of its debugger's commands has come.
        self.controller: Optional[Controller] = None
        self._debugger_is_ready = threading.Event()
        self._awaits_debugger = options.wait_for_debugger and options.connect is not None
        self.findings = Examiner(self)
        self.levels = Levels(self)
        self.executed = ExecutedLines(self)
        self._lookout = Lookout(self)
        self._lag = LagProbes(self)
        self._refreshing = Refreshing(self)
        self._blindness = Blindness(self.sinks.add_notice)
        self._creation = TaskCreationHook(self.tasks, self.sites.kinds, self.note_error)
        work_items = WorkItemHook(self.executors, self.sites.kinds, self.note_error)
        self.hooks: list[Hook] = [
            self._creation,
            RunningLoopHook(self._loop_starts, self._loop_stopped),
            work_items,
            ExceptionHandlerHook(self.tasks, self.sites.kinds, self.note_error),
            UnawaitedHook(self.sites.kinds, self.findings.unawaited, self.note_error),
            self.findings.queues,
            self.findings.surveys.awaited_by,
            self.findings.unwoken,
            ProgramEndHook(self.findings.main_thread_ended),
            ChildrenHook(self._child_missed, self.note_error),
            self.garbage,
        ]
        self._processes = ImportWatcher("concurrent.futures.process", self._processes_imported)
        self._work_items = work_items
        self._next_chores_ns = 0
        self._watchdog_ns = 0
        self._watchdog_before_ns = 0

    # Coming and going

    def install(self) -> None:
        """Put the hooks in. Runs in the installing thread. Raises OSError when the recording cannot be written."""
        if self.options.record is not None:
            self.sinks.add(RecordingSink(self, self.options.record))
        for hook in self.hooks:
            hook.install()
        if "concurrent.futures.process" not in sys.modules:
            self._processes.arm()
        self.levels.install()
        self.executed.foresee(self.options.foreseen)
        loop = asyncio._get_running_loop()
        if loop is not None:
            self._loop_started(loop)

    def start_looking(self) -> None:
        """Start the watchdog, if it does not run. Any thread."""
        if self.watchdog is None:
            self.viewers.open()
            watchdog = Watchdog(self.tick, self._lookout.threads, self.note_error)
            watchdog.begin()
            self.watchdog = watchdog

    def stop_looking(self) -> None:
        """Stop the watchdog and wait for it, for at most a second. Any thread but its own."""
        watchdog, self.watchdog = self.watchdog, None
        if watchdog is not None:
            watchdog.finish(_LOCK_SECONDS)
            self._lookout.close()
            self._watchdog_before_ns += self._watchdog_ns
            self._watchdog_ns = 0

    def uninstall(self) -> None:
        """Take the hooks out. Runs in the uninstalling thread, after `stop_looking`."""
        self._processes.disarm()
        self.levels.remove()
        self.executed.remove()
        for hook in reversed(self.hooks):
            hook.remove()
        for state in self.loops.states.values():
            if state.clocks is not None:
                state.clocks.close()
                state.clocks = None

    def finish(self, reason: str) -> None:
        """Count everything for the last time and say goodbye. Runs in the thread that ends the session."""
        self.stop_looking()
        self.viewers.close()
        if not self.lock.acquire(timeout=_LOCK_SECONDS):
            self.note_error()
            return
        try:
            self._lookout.settle_stopped_loops()
            self._lookout.look(0, this_moment([]))
            self.executed.finish()
            self._work_off_logs()
            self.executors.poll()
            self.findings.finish(reason == "exit")
            self.refresh()
            self.sinks.close(reason)
        finally:
            self.lock.release()

    def abandon(self) -> None:
        """Let go of what belongs to the parent process, silently. Runs in a forked child, where no watchdog is."""
        self.watchdog = None
        self.viewers.abandon()
        self.sinks.abandon()
        self.uninstall()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Log a task that was made unseen. Runs in the thread of the task's loop."""
        self._creation.adopt(task)

    def note_error(self) -> None:
        """An error of ours was swallowed. Any thread."""
        self.errors += 1

    # In the program's threads

    def _loop_starts(self, loop: Any) -> None:
        if self._awaits_debugger:
            try:
                self.start_looking()
                # The debugger's first command needs it: loaded while the viewer is shaking hands.
                importlib.import_module(".control.controller", __package__)
                self._debugger_is_ready.wait(_DEBUGGER_SECONDS)
            except Exception:
                self.note_error()
            self._awaits_debugger = False
        self._loop_started(loop)

    def debugger_is_ready(self) -> None:
        """The viewer's debugger has sent its breakpoints, or will not: the first loop need not wait. Any thread."""
        self._debugger_is_ready.set()

    def _loop_started(self, loop: Any) -> None:
        try:
            state = self.loops.state_of(loop)
            state.started()
            thread = threading.get_ident()
            outer = self.loops.running.get(thread)
            if outer is not None and outer is not state:
                outer.stopped()
            self.loops.running[thread] = state
            self.levels.loop_started()
            self.start_looking()
            watchdog = self.watchdog
            if watchdog is not None:
                watchdog.wake()
        except Exception:
            self.note_error()

    def _loop_stopped(self) -> None:
        try:
            state = self.loops.running.pop(threading.get_ident(), None)
            if state is None:
                return
            state.stopped()
            if self.lock.acquire(timeout=_LOCK_SECONDS):
                try:
                    self._work_off_logs()
                    self.snapshots.settle_loop(state)
                    self.snapshots.forget_loop(state)
                finally:
                    self.lock.release()
        except Exception:
            self.note_error()

    def _child_missed(self, command: str) -> None:
        sentence = (
            f"The process started by `{command}` cannot be watched: Python's options -I, -E and -S keep the "
            "runtime out. Start it without them, or call loopscope.install() in it."
        )
        self.sinks.add_notice("warning", "child-not-inspected", sentence)

    def _processes_imported(self, module: ModuleType) -> None:
        self._work_items.wrap_processes(module)

    # In the watchdog

    @property
    def somebody_asks(self) -> bool:
        """Whether a viewer, a recording or a report wants what costs the loop something."""
        return bool(self.sinks) or self.options.report

    def tick(self, late_ns: int, moment: Moment) -> int:
        """Look at the loops, and do what else is due. Gives the nanoseconds until the next tick."""
        with self.lock:
            lookout = self._lookout
            # Before anything that lets the GIL go: the loop's thread is still where it was.
            wait = lookout.look(late_ns, moment)
            self._watchdog_ns = time.thread_time_ns()
            now = monotonic_ns()
            asked = self.somebody_asks or lookout.urgent
            if not asked and now < self._next_chores_ns and len(self.tasks.log) < _LONG_LOG:
                # A thread that has slept finds its memory cold: whatever it does not do is saved many times over.
                return wait
            self._next_chores_ns = now + (_PROCESSES_EVERY_NS if self.executors.has_processes else _CHORES_EVERY_NS)
            lookout.settle_stopped_loops()
            self._work_off_logs()
            self.levels.tick()
            self.executed.tick()
            lookout.glance()
            now = monotonic_ns()
            if self.somebody_asks:
                self._blindness.look()
                # Before a probe wakes the loop.
                self.findings.unwoken.look(now)
                self._lag.tick(now)
                self.snapshots.tick(now, self.sinks.want_tasks)
                lookout.glance()
            self.executors.poll()
            if self.somebody_asks:
                self.findings.tick(now)
            self.await_stacks.tick()
            lookout.glance()
            urgent, lookout.urgent = lookout.urgent, False
            self.sinks.tick(now, urgent)
            somebody_calls = self.viewers.tick(now)
            lookout.glance()
            if self._awaits_debugger and not self._debugger_is_ready.is_set():
                return _AWAITING_DEBUGGER_NS
            return min(wait, _CONNECTED_NS) if self.sinks or somebody_calls else wait

    def glance(self) -> None:
        """To be called around everything by which the watchdog lets the GIL go: see `looking`."""
        if self.watchdog is not None:
            self._lookout.glance()

    def _work_off_logs(self) -> None:
        self.levels.take()
        self.tasks.drain()
        self.levels.account()

    def viewer_came(self) -> None:
        """A viewer has been welcomed: records of tasks are wanted from now on."""
        self.snapshots.start_over()

    # For those who tell

    def task_id(self, address: int) -> Optional[int]:
        """The id of the task that lives at an address."""
        reference = self.tasks.by_address.get(address)
        return None if reference is None else reference.id

    @property
    def used_ns(self) -> int:
        """Processor time that the runtime itself has used, in its own thread and in the loops, in nanoseconds."""
        return self._watchdog_before_ns + self._watchdog_ns + self.in_loop_ns

    def open_lag(self) -> list[Record]:
        """Lag points of the probes that have not run yet."""
        return self._lag.open_points()

    def refresh(self) -> None:
        """Bring the tables up to date."""
        self._refreshing.refresh()
