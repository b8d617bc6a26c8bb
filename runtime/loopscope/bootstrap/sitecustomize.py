"""Brings the runtime into a Python process through PYTHONPATH.

Puts sys.path back as it would have been, runs the program's own `sitecustomize` if it has one, and waits for asyncio to
be imported. Nothing of Loopscope is imported before that.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys

_ModuleType = type(sys)


def _restore_path(folder: str) -> None:
    real = os.path.realpath(folder)
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry or os.curdir) != real]
    sys.path_importer_cache.pop(folder, None)


def _load_file(name: str, path: str) -> object:
    module = _ModuleType(name)
    importlib.machinery.SourceFileLoader(name, path).exec_module(module)
    return module


def _load_package(folder: str) -> None:
    """Import the package from where it lies, which needs no entry in sys.path."""
    path = os.path.join(folder, "__init__.py")
    loader = importlib.machinery.SourceFileLoader("loopscope", path)
    spec = importlib.machinery.ModuleSpec("loopscope", loader, origin=path, is_package=True)
    spec.has_location = True
    spec.submodule_search_locations = [folder]
    module = _ModuleType("loopscope")
    module.__spec__ = spec
    module.__loader__ = loader
    module.__file__ = path
    module.__path__ = [folder]
    module.__package__ = "loopscope"
    sys.modules["loopscope"] = module
    loader.exec_module(module)


def _arm(package: str) -> None:
    def install(_asyncio: object) -> None:
        try:
            if "loopscope" not in sys.modules:
                _load_package(package)
            from loopscope import installation, options

            installation.install(options.from_environment())
        except Exception:
            # The program comes first: it runs on, only unwatched.
            pass

    arming = _load_file("_loopscope_arming", os.path.join(package, "arming.py"))
    arming.ImportWatcher("asyncio", install).arm()  # type: ignore[attr-defined]


def _run_next() -> None:
    """Run the `sitecustomize` that this one stands in front of, or behave as if there were none."""
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")
    module = _ModuleType("sitecustomize")
    module.__spec__ = spec
    module.__loader__ = spec.loader
    module.__file__ = spec.origin
    module.__cached__ = spec.cached
    module.__package__ = ""
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_folder = os.path.dirname(os.path.abspath(__file__))
_restore_path(_folder)
if os.environ.get("LOOPSCOPE_CONNECT") or os.environ.get("LOOPSCOPE_LISTEN", "off") != "off":
    try:
        _arm(os.path.dirname(_folder))
    except Exception:
        pass
_run_next()
