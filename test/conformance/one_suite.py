"""Runs a suite in processes of its own, alone and under Loopscope."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Callable, Optional

from comparison import Outcomes

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"


class Suite:
    """One suite, with a temporary folder that goes when it is left as a context manager."""

    def __init__(self, python: str, level: str, seconds: float) -> None:
        """A run that is not done after so many `seconds` is killed."""
        self._python = python
        self._level = level
        self._seconds = seconds
        self._temporary = tempfile.TemporaryDirectory(prefix="conformance-")

    def __enter__(self) -> Suite:
        return self

    def __exit__(self, *_: Any) -> None:
        self._temporary.cleanup()

    def run(self, under: bool, program: Callable[[Path], list[str]], folder: Optional[Path] = None) -> Outcomes:
        """Run a program of Python's, in a folder of its own or the one given.

        `program` gets the file that takes a line of JSON for each end of a test, and returns Python's arguments. Of a
        run that does not come to its end counts what it has written; that it broke off is told on standard output.
        """
        home = Path(self._temporary.name)
        outcomes, said = home / "outcomes", home / "said"
        outcomes.write_text("", encoding="utf-8")
        command = [self._python, "-W", "ignore"]
        if under:
            command += ["-m", "loopscope", "run", "--level", self._level, "--report", os.devnull]
        command += program(outcomes)
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("LOOPSCOPE_", "PYTHON"))
        }
        environment["PYTHONPATH"] = str(RUNTIME)
        with said.open("wb") as output:
            # A session of its own: children that outlive a killed run go with it.
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder or home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        broke_off = ""
        try:
            code = process.wait(self._seconds)
            if code < 0:
                broke_off = f"was ended by signal {-code}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            broke_off = f"was not done after {self._seconds} s"
        if broke_off:
            how = "under Loopscope" if under else "alone"
            last = said.read_text(encoding="utf-8", errors="replace")[-2000:]
            print(f"  {' '.join(command)} {how} {broke_off}: {last}", flush=True)
        return dict(json.loads(line) for line in outcomes.read_text(encoding="utf-8").splitlines())
