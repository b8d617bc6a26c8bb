"""Runs a program as `python SCRIPT` or `python -m MODULE` would, inside this process."""

from __future__ import annotations

import atexit
import importlib.machinery
import os
import runpy
import subprocess
import sys
import threading
import zipfile
from types import CodeType, ModuleType, TracebackType
from typing import Any, Optional

_PACKAGE_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


class NotRun(Exception):
    """The program did not come to run. `status` is Python's own exit status for that; the text is one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Ending:
    """How a program ended."""

    def __init__(self, status: int, interrupted: bool = False) -> None:
        self.status = status
        self.interrupted = interrupted


def run(target: str, is_module: bool, arguments: list[str]) -> Ending:
    """Run the program to its end, exit handlers and other threads included.

    What it prints, its tracebacks and its exit status are those of the program run alone. Raises NotRun, after Python's
    own message has gone to stderr, when it could not be started.
    """
    namespace, code = _prepare(target, is_module, arguments)
    ending = _execute(code, namespace)
    _finish()
    return ending


def _prepare(target: str, is_module: bool, arguments: list[str]) -> tuple[dict[str, Any], CodeType]:
    if is_module:
        return _prepare_module(target, arguments)
    sys.argv[:] = [target, *arguments]
    if os.path.isdir(target) or (os.path.isfile(target) and zipfile.is_zipfile(target)):
        _set_first_path(target)
        return _prepare_main_of_path(target)
    try:
        with open(target, "rb") as file:
            source = file.read()
        code = compile(source, target, "exec", dont_inherit=True)
    except OSError as error:
        # Python itself says best why it cannot.
        status = subprocess.call([sys.executable, target, *arguments])
        raise NotRun(
            status or 2, f"{target} cannot be read ({error.strerror}): check the path of the script."
        ) from None
    except (SyntaxError, ValueError):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        status = subprocess.call([sys.executable, target, *arguments])
        raise NotRun(status or 1, f"{target} is not valid Python {version}, so it did not run.") from None
    _set_first_path(os.path.dirname(os.path.realpath(target)))
    loader = importlib.machinery.SourceFileLoader("__main__", target)
    return _main_namespace(target, loader, None, None), code


def _prepare_module(name: str, arguments: list[str]) -> tuple[dict[str, Any], CodeType]:
    sys.argv[:] = ["-m", *arguments]
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()
    try:
        _, spec, code = runpy._get_module_details(name, _ModuleMissing)  # type: ignore[attr-defined]
    except _ModuleMissing as error:
        print(f"{sys.executable}: {error}", file=sys.stderr)
        raise NotRun(1, f"The module {name} cannot be run: check its name and where it is run from.") from None
    except (SyntaxError, ValueError) as error:
        _print_exception(error, None)
        raise NotRun(1, f"The module {name} is not valid Python, so it did not run.") from None
    sys.argv[0] = spec.origin
    return _main_namespace(spec.origin, spec.loader, spec, spec.parent), code


class _ModuleMissing(ImportError):
    pass


def _prepare_main_of_path(target: str) -> tuple[dict[str, Any], CodeType]:
    try:
        _, spec, code = runpy._get_main_module_details(_ModuleMissing)  # type: ignore[attr-defined]
    except _ModuleMissing as error:
        print(f"{sys.executable}: {error}", file=sys.stderr)
        raise NotRun(1, f"{target} holds no __main__ module: name a script instead.") from None
    return _main_namespace(spec.origin, spec.loader, spec, spec.parent), code


def _set_first_path(folder: str) -> None:
    """`python -m loopscope` put the working folder first in sys.path; a script has its own folder there."""
    if sys.flags.isolated or getattr(sys.flags, "safe_path", False):
        return
    sys.path[0] = folder


def _main_namespace(file: Optional[str], loader: Any, spec: Any, package: Optional[str]) -> dict[str, Any]:
    module = ModuleType("__main__")
    namespace = module.__dict__
    namespace.update(
        __file__=file,
        __loader__=loader,
        __spec__=spec,
        __package__=package,
        __builtins__=sys.modules["builtins"],
    )
    if sys.version_info < (3, 15):
        namespace["__cached__"] = getattr(spec, "cached", None)
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    # The command line's own module lives on beside the program's.
    _kept.append(sys.modules["__main__"])
    sys.modules["__main__"] = module
    return namespace


_kept: list[ModuleType] = []


def _execute(code: CodeType, namespace: dict[str, Any]) -> Ending:
    try:
        exec(code, namespace)
    except SystemExit as leaving:
        return Ending(_exit_status(leaving.code))
    except BaseException as error:
        _print_exception(error, _without_own_frames(error.__traceback__))
        return Ending(1, isinstance(error, KeyboardInterrupt))
    return Ending(0)


def _exit_status(code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if os.name == "posix" else code
    try:
        sys.stdout.flush()
        print(code, file=sys.stderr)
    except Exception:
        pass
    return 1


def _without_own_frames(traceback: Optional[TracebackType]) -> Optional[TracebackType]:
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_PACKAGE_FOLDER):
        traceback = traceback.tb_next
    return traceback


def _print_exception(error: BaseException, traceback: Optional[TracebackType]) -> None:
    error.__traceback__ = traceback
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    try:
        sys.stdout.flush()
    except Exception:
        pass
    sys.excepthook(type(error), error, traceback)


def _finish() -> None:
    """What the interpreter does between the end of the main module and its own: so that the report comes after it."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
    except BaseException as error:
        _print_exception(error, _without_own_frames(error.__traceback__))
    try:
        atexit._run_exitfuncs()
    except BaseException:
        # The handlers that failed have been printed by the interpreter.
        pass
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
