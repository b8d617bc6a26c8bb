"""A program that has several interpreters runs on as it would: what one makes of another's frames ends the process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PATIENCE_SECONDS, RUNTIME, clean_environment

from loopscope import frames
from loopscope.frames import Blindness

PROGRAM = """
import asyncio, importlib, time

try:
    interpreters = importlib.import_module("_interpreters")
except ImportError:
    interpreters = importlib.import_module("_xxsubinterpreters")

WORK = '''
def add(count):
    return sum(number for number in range(count))

for _ in range(300):
    add(3000)
'''

def work():
    for _ in range(3):
        other = interpreters.create()
        interpreters.run_string(other, WORK)
        interpreters.destroy(other)

async def main():
    await asyncio.to_thread(work)
    time.sleep(0.3)
    print("done")

asyncio.run(main())
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters share their memory before Python 3.12")
def test_other_interpreters_are_left_alone(tmp_path: Path) -> None:
    program, report = tmp_path / "program.py", tmp_path / "report.json"
    program.write_text(PROGRAM, encoding="utf-8")
    completed = subprocess.run(
        [sys.executable, "-m", "loopscope", "run", "--level", "trace", "--report", str(report), str(program)],
        env=clean_environment(PYTHONPATH=str(RUNTIME)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (completed.returncode, completed.stdout, completed.stderr) == (0, "done\n", "")


# Keeps another interpreter until it has been said what that means.
BLINDING = """
import asyncio, importlib, sys

try:
    interpreters = importlib.import_module("_interpreters")
except ImportError:
    interpreters = importlib.import_module("_xxsubinterpreters")

async def main():
    other = interpreters.create()
    while b"holds-not-seen" not in open(sys.argv[1], "rb").read():
        await asyncio.sleep(0.01)
    interpreters.destroy(other)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters share their memory before Python 3.12")
@pytest.mark.parametrize("form", ["json", "text"])
def test_says_that_holds_are_not_seen_beside_other_interpreters(form: str, tmp_path: Path) -> None:
    program, recording, report = (tmp_path / name for name in ("program.py", "run.loopscope", "report"))
    program.write_text(BLINDING, encoding="utf-8")
    options = ["--record", str(recording), "--report", str(report), "--report-format", form]
    environment = clean_environment(PYTHONPATH=str(RUNTIME))

    def loopscope(*arguments: str) -> str:
        command = [sys.executable, "-m", "loopscope", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    loopscope("run", *options, str(program), str(recording))
    later = loopscope("report", "--report-format", form, str(recording))
    for text in (report.read_text(encoding="utf-8"), later):
        said = "The program has made a second Python interpreter. From now on what holds its loops is not seen: "
        if form == "text":
            assert text.count("Note: " + said) == 1
        else:
            (told,) = json.loads(text)["notices"]
            assert (told["severity"], told["code"], told["message"][: len(said)]) == ("warning", "holds-not-seen", said)


def test_is_blind_from_the_second_interpreter_on_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    asked: list[int] = []
    now = 1
    answers = iter((1, 1, 2))

    def all_interpreters() -> list[None]:
        asked.append(now)
        return [None] * next(answers)

    monkeypatch.setattr(frames, "_is_blind", False)
    monkeypatch.setattr(frames, "_all_interpreters", all_interpreters)
    monkeypatch.setattr(frames, "monotonic_ns", lambda: now)
    blindness = Blindness(lambda severity, code, sentence: told.append(code))
    said = []
    for _ in range(60):
        blindness.look()
        said.append(len(told))
        now += 20_000_000
    assert asked == [1, 200_000_001, 400_000_001]
    assert said == [0] * 20 + [1] * 40
    assert frames.current_frames() == {}
    assert told == ["holds-not-seen"]
