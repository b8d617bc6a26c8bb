"""Calls a function when a module is first imported.

Stands alone, so that the bootstrap can load it without importing the package: a process that never imports asyncio
gets nothing of the runtime but this file.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, Optional, Union


class ImportWatcher:
    """A member of `sys.meta_path` that waits for one module and then takes itself out.

    `on_import(module)` runs in the importing thread right after the module's own code; it must not raise.
    """

    def __init__(self, name: str, on_import: Callable[[ModuleType], object]) -> None:
        self.name = name
        self.on_import = on_import

    def arm(self) -> None:
        """Begin to wait."""
        sys.meta_path.insert(0, self)

    def disarm(self) -> None:
        """Stop waiting."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Optional[Sequence[Union[bytes, str]]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """Let the other finders find the module, and put a step after its loader's."""
        if fullname != self.name:
            return None
        self.disarm()
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            spec: Optional[ModuleSpec] = None if find_spec is None else find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Afterwards(spec.loader, self)  # type: ignore[assignment]
                return spec
        return None


class _Afterwards:
    """Stands in for a module's loader while the module is loaded, and then gives the place back."""

    def __init__(self, loader: Any, watcher: ImportWatcher) -> None:
        self._loader = loader
        self._watcher = watcher

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        created: Optional[ModuleType] = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._watcher.on_import(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
