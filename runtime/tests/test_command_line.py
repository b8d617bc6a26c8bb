"""`python -m loopscope`: the program under it behaves as it does alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import RUNTIME, Programs, clean_environment, line_of

from loopscope.wire import encode

BLOCKS = """
    import asyncio, time

    def helper():
        time.sleep(0.25)  # held

    async def main():
        await asyncio.sleep(0)
        helper()
        print("ended")

    asyncio.run(main())
"""
FINE = """
    import asyncio
    asyncio.run(asyncio.sleep(0.01))
    print("ended")
"""


def both(programs: Programs, source: str, *arguments: str):
    """The program run alone, and under Loopscope."""
    path = programs.write(source)
    alone = programs.python(path, *arguments)
    under = programs.python("-m", "loopscope", "run", "--report", "report.json", path, *arguments)
    return alone, under


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import sys; print(sys.argv[1:]); sys.exit(7)", id="exits with a code"),
        pytest.param("import sys; print('out'); sys.exit('a message')", id="exits with a message"),
        pytest.param("raise SystemExit", id="exits with nothing"),
        pytest.param("import asyncio\nasync def f():\n    1/0\nasyncio.run(f())", id="raises in a task"),
        pytest.param(
            "def f():\n    raise ValueError('x')\ntry:\n    f()\nexcept ValueError:\n    {}['k']", id="chains"
        ),
        pytest.param("x = (\n", id="syntax error"),
        pytest.param("x = '\\x00'\nprint('é')\n", id="text"),
        pytest.param("import os, sys; print(sys.path[0], __file__, __name__, __spec__)", id="main module"),
        pytest.param(
            "import atexit, threading\natexit.register(print, 'at exit')\n"
            "threading.Thread(target=lambda: print('thread')).start()\nprint('main')",
            id="threads and exit handlers",
        ),
        pytest.param("import sys\nsys.excepthook = lambda *a: print('hook', a[0])\n1/0", id="own excepthook"),
        pytest.param("import os\nprint('x', flush=True)\nos._exit(9)", id="leaves at once"),
        pytest.param("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", id="is killed"),
        pytest.param("raise KeyboardInterrupt", id="is interrupted"),
        pytest.param("import asyncio\nasyncio.get_event_loop_policy", id="imports asyncio only"),
        pytest.param(
            "import threading, asyncio\nprint([t.name for t in threading.enumerate()], threading.active_count())",
            id="threads",
        ),
        pytest.param(
            "import asyncio, traceback\nasync def f():\n    raise ValueError(1)\nasync def g():\n"
            "    t = asyncio.ensure_future(f())\n    await asyncio.sleep(0)\n    del t\nasyncio.run(g())",
            id="never retrieved",
        ),
        pytest.param(
            "import concurrent.futures as c\ndef f():\n    1/0\nwith c.ThreadPoolExecutor(1) as e:\n"
            "    e.submit(f).result()",
            id="raises in a job",
        ),
        pytest.param(
            "import asyncio\nfrom concurrent.futures import *\n"
            "e = ThreadPoolExecutor(1)\ne.shutdown()\ne.submit(print)",
            id="refused job",
        ),
        pytest.param("import asyncio, subprocess\nsubprocess.run(['/no/such/program'])", id="refused child"),
    ],
)
def test_behaves_as_it_does_alone(programs: Programs, source: str) -> None:
    alone, under = both(programs, source, "one", "-m", "--two")
    assert under.stdout == alone.stdout
    assert under.returncode == alone.returncode
    told = under.stderr
    if source.startswith("x = ("):
        told, _, sentence = told.rpartition("loopscope: ")
        assert sentence.endswith("so it did not run.\n")
    if sys.version_info >= (3, 14) and "never retrieved" in alone.stderr:
        alone.stderr = alone.stderr.split(" at 0x")[0]
        told = told.split(" at 0x")[0]
    assert _without_addresses(told) == _without_addresses(alone.stderr)


def _without_addresses(text: str) -> str:
    import re

    return re.sub(r"0x[0-9a-f]+", "0x", text)


def test_a_script_that_does_not_exist(programs: Programs) -> None:
    alone = programs.python("nothing.py")
    under = programs.python("-m", "loopscope", "run", "--report", "-", "nothing.py")
    assert under.returncode == alone.returncode == 2
    message, _, sentence = under.stderr.partition("loopscope: ")
    assert message.partition(":")[2] == alone.stderr.partition(":")[2]
    assert sentence == "nothing.py cannot be read (No such file or directory): check the path of the script.\n"
    assert json.loads(under.stdout)["loops"] == []


def test_a_module(programs: Programs) -> None:
    programs.write(
        "import sys; print(__name__, __spec__.name, sys.argv[0] == __file__, sys.argv[1:])", "some_module.py"
    )
    alone = programs.python("-m", "some_module", "x")
    under = programs.python("-m", "loopscope", "run", "-m", "some_module", "x")
    assert (under.returncode, under.stdout, under.stderr) == (0, alone.stdout, "")
    alone = programs.python("-m", "no_such_module")
    under = programs.python("-m", "loopscope", "run", "-m", "no_such_module")
    assert under.returncode == alone.returncode == 1
    assert under.stderr.startswith(alone.stderr)


def test_the_report_follows_the_output(programs: Programs) -> None:
    source = BLOCKS + "    import atexit; atexit.register(print, 'handler')\n"
    done = programs.run(source, "--report", "-")
    assert done.returncode == 0
    assert done.stdout.startswith("ended\nhandler\n{")
    report = json.loads(done.stdout.partition("handler\n")[2])
    (block,) = report["blocking"]
    path = str(programs.folder / "program.py")
    assert (block["file"], block["line"], block["function"]) == (path, line_of(source, "held"), "helper")
    assert (block["callee"], block["cause"], block["count"], block["task"]) == ("time.sleep", "sleep", 1, "Task-1")
    assert 0.25 <= block["max_seconds"] == block["total_seconds"] < 5
    assert [frame["function"] for frame in block["stack"]] == ["main", "helper"]
    assert report["process"]["argv"] == [path]
    assert report["loopscope"]["threshold_ms"] == 100
    assert report["loopscope"]["overhead_seconds"] > 0
    (loop,) = report["loops"]
    assert loop["thread"] == "MainThread"
    assert loop["class"] == "asyncio.unix_events._UnixSelectorEventLoop"
    assert report["dropped"] == {"events": 0, "frames": 0}


@pytest.mark.parametrize(
    ("source", "options", "status"),
    [
        (BLOCKS, ["--fail-on", "blocking"], 3),
        (BLOCKS, ["--fail-on", "blocking", "--threshold", "2000"], 0),
        (BLOCKS, [], 0),
        (FINE, ["--fail-on", "blocking"], 0),
        (BLOCKS + "    raise SystemExit(4)\n", ["--fail-on", "blocking"], 4),
    ],
)
def test_fail_on(programs: Programs, source: str, options: list[str], status: int) -> None:
    assert programs.run(source, *options).returncode == status


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fail-on", "sneezing", "x.py"], "the rule 'sneezing' of --fail-on is unknown: use one of blocking, "),
        (["--threshold", "soon", "x.py"], "The threshold 'soon' cannot be used: give a number of milliseconds"),
        (["--level", "all", "x.py"], "The level 'all' is unknown: use watch or trace."),
        (["--report", "no/such/folder/r.json", "x.py"], "cannot be written: the folder "),
        (["--record", ".", "x.py"], ". cannot be written: it is a folder."),
        ([], "name the script to run, or -m and a module."),
    ],
)
def test_bad_options(programs: Programs, options: list[str], sentence: str) -> None:
    done = programs.python("-m", "loopscope", "run", *options)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_gives_the_same_report(programs: Programs) -> None:
    done = programs.run(BLOCKS, "--record", "r.loopscope", "--report", "live.json")
    assert done.returncode == 0, done.stderr
    read = programs.python("-m", "loopscope", "report", "r.loopscope")
    assert (read.returncode, read.stderr) == (0, "")
    assert json.loads(read.stdout) == json.loads((programs.folder / "live.json").read_text())
    assert (programs.folder / "r.loopscope").stat().st_mode & 0o777 == 0o600


def test_a_recording_that_breaks_off(programs: Programs) -> None:
    programs.run(BLOCKS, "--record", "r.loopscope")
    path = programs.folder / "r.loopscope"
    whole = path.read_bytes()
    path.write_bytes(whole[:-60])
    read = programs.python("-m", "loopscope", "report", "r.loopscope")
    assert read.returncode == 0
    assert "breaks off, so this is what was known at its last whole frame." in read.stderr
    assert json.loads(read.stdout)["schema"] == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read (No such file or directory): check the path."),
        (b"GIF89a-something-else", "is no Loopscope recording: it does not begin with a greeting."),
        (b"", "is no Loopscope recording: it does not begin with a greeting."),
        (
            encode({"type": "hello", "format": "loopscope", "protocol": 99}),
            "was written in version 99 of the protocol",
        ),
    ],
)
def test_what_is_no_recording(programs: Programs, content: bytes, sentence: str) -> None:
    if content is not None:
        (programs.folder / "r.loopscope").write_bytes(content)
    read = programs.python("-m", "loopscope", "report", "r.loopscope")
    assert read.returncode == 2
    assert sentence in read.stderr
    assert "Traceback" not in read.stderr


def test_a_killed_program_leaves_a_recording(programs: Programs) -> None:
    source = """
        import asyncio, os, signal, sys

        async def main():
            await asyncio.sleep(0.5)
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """
    done = programs.run(source, "--record", "r.loopscope")
    assert done.returncode == -signal.SIGKILL
    read = programs.python("-m", "loopscope", "report", "r.loopscope")
    assert read.returncode == 0
    assert json.loads(read.stdout)["tasks"]["created"] == 1


def test_an_interrupt_ends_it_as_it_does_alone_and_leaves_a_report(programs: Programs) -> None:
    source = """
        import asyncio

        async def main():
            print("ready", flush=True)
            await asyncio.sleep(1000)

        asyncio.run(main())
    """
    command = [sys.executable, "-m", "loopscope", "run", "--report", "report.json", str(programs.write(source))]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
        cwd=str(programs.folder),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert err.endswith("KeyboardInterrupt\n")
    assert "loopscope" not in err
    report = json.loads((programs.folder / "report.json").read_text())
    assert report["tasks"]["alive"] == 0
    assert report["tasks"]["cancelled"] + report["tasks"]["failed"] + report["tasks"]["finished"] >= 1


def test_a_report_is_written_when_the_program_raises(programs: Programs) -> None:
    done = programs.run(BLOCKS + "    1/0\n", "--report", "-")
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert '"cause": "sleep"' in done.stdout


def test_a_forked_child_writes_no_report(programs: Programs) -> None:
    source = """
        import asyncio, os, sys
        asyncio.run(asyncio.sleep(0))
        pid = os.fork()
        if pid == 0:
            sys.exit(0)
        os.waitpid(pid, 0)
    """
    done = programs.run(source, "--report", "-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["process"]["python"].startswith("3.")


def test_a_program_that_prints_much(programs: Programs) -> None:
    source = """
        import asyncio, sys

        async def main():
            for _ in range(200):
                sys.stdout.write("x" * 65536)
                await asyncio.sleep(0)

        asyncio.run(main())
    """
    done = programs.run(source, "--report", "r.json")
    assert (done.returncode, len(done.stdout)) == (0, 200 * 65536)


def test_a_spawned_process_pool_finds_the_program(programs: Programs) -> None:
    source = """
        import asyncio, multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        def square(number):
            return number * number

        async def main():
            loop = asyncio.get_running_loop()
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
                jobs = [loop.run_in_executor(pool, square, n) for n in range(5)]  # submits
                print(await asyncio.gather(*jobs))

        if __name__ == "__main__":
            asyncio.run(main())
    """
    done = programs.run(source, "--report", "r.json")
    assert (done.stdout, done.stderr) == ("[0, 1, 4, 9, 16]\n", "")
    report = json.loads((programs.folder / "r.json").read_text())
    (executor,) = report["executors"]
    assert (executor["type"], executor["max_workers"]) == ("ProcessPoolExecutor", 2)
    assert (executor["submitted"], executor["completed"]) == (5, 5)
    (site,) = executor["sites"]
    assert (site["line"], site["submitted"]) == (line_of(source, "submits"), 5)


def test_nothing_of_it_is_loaded_before_asyncio(programs: Programs) -> None:
    source = """
        import sys
        before = [name for name in sys.modules if "loopscope" in name]
        path = list(sys.path)
        import asyncio
        after = "loopscope" in sys.modules
        print(before, after, path == sys.path, any(entry.endswith("bootstrap") for entry in path))
        print("sitecustomize" in sys.modules, type(asyncio.__spec__.loader).__name__)
    """
    bootstrap = str(RUNTIME / "loopscope" / "bootstrap")
    environment = clean_environment(PYTHONPATH=bootstrap, LOOPSCOPE_CONNECT="tcp:127.0.0.1:9")
    done = programs.python(programs.write(source), env=environment)
    system = programs.python("-c", "import sys; print('sitecustomize' in sys.modules)", env=clean_environment())
    own = system.stdout.strip()
    assert (done.stdout, done.stderr) == (f"[] True True False\n{own} SourceFileLoader\n", "")


def test_the_programs_own_sitecustomize_runs(programs: Programs, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "sitecustomize.py").write_text("import sys; sys.ran = (__name__, __file__, sys.path[0:2])\n")
    bootstrap = str(RUNTIME / "loopscope" / "bootstrap")
    path = programs.write("import sys; print(sys.ran, sys.modules['sitecustomize'].__file__)")
    alone = programs.python(path, env=clean_environment(PYTHONPATH=str(theirs)))
    both_paths = clean_environment(PYTHONPATH=f"{bootstrap}:{theirs}", LOOPSCOPE_CONNECT="tcp:127.0.0.1:9")
    under = programs.python(path, env=both_paths)
    assert (under.stdout, under.stderr) == (alone.stdout, "")
