"""What a project shows of itself: drawn where nobody sees it, left out where nothing can draw it.

A run opens no window and waits for nobody to close one, whatever backend the project asks
matplotlib for. Where matplotlib or TensorBoard is not installed, what is shown with it is left out:
it has no say in what a model learns.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LIBRARY = "matplotlib"
PARTS = 2
"""How many things come out of one, as in `figure, axes = plt.subplots()`."""


def keep_plots_quiet(root: Path, tell: Callable[[str], None]) -> None:
    """Must be called before the project imports anything; `tell` hears what is left out."""
    if importlib.util.find_spec(LIBRARY) is None:
        sys.meta_path.append(_Nothing(root, tell))
    else:
        sys.meta_path.insert(0, _Quiet())


def without_board(keras: Any, callbacks: Any, tell: Callable[[str], None]) -> Any:
    """The callbacks of a training, but TensorBoard's where that is not installed."""
    if not isinstance(callbacks, (list, tuple)) or importlib.util.find_spec("tensorboard"):
        return callbacks
    kept = [each for each in callbacks if not isinstance(each, keras.callbacks.TensorBoard)]
    if len(kept) < len(callbacks):
        tell("tensorboard is not installed: its callback is left out")
    return kept


class _Quiet(importlib.abc.MetaPathFinder):
    """Lets matplotlib be imported, and takes the choice of a backend from it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in (LIBRARY, f"{LIBRARY}.pyplot"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            execute(module)
            for function in ("use", "switch_backend"):
                original = getattr(module, function, None)
                if original is not None:
                    setattr(module, function, _to_file(original))

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _to_file(choose: Callable[..., Any]) -> Callable[..., Any]:
    """Chooses the backend that draws to files, whichever is asked for."""
    return lambda *args, **kwargs: choose("agg")


class _Nothing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives every module of matplotlib that the project asks for.

    A library that can do without it is told the truth.
    """

    def __init__(self, root: Path, tell: Callable[[str], None]) -> None:
        self._root = str(root)
        self._tell = tell

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != LIBRARY and not name.startswith(f"{LIBRARY}."):
            return None
        if name == LIBRARY and not _importer().startswith(self._root):
            return None
        return importlib.util.spec_from_loader(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        if spec.name == LIBRARY:
            self._tell("matplotlib is not installed: plots are left out")
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing in it."""


def _importer() -> str:
    """The file whose import is being looked up."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_of_imports(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename


def _is_of_imports(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen importlib") or "importlib" in file


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        # What asks for a dunder wants to know what it has before it.
        if name.startswith("__"):
            raise AttributeError(name)
        return Plot


class _Anything(type):
    """A class that is as obliging as what it makes: `pyplot.style.use(…)`, `cm.viridis`."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, key: Any) -> Any:
        return cls()

    def __setitem__(cls, key: Any, value: Any) -> None:
        """As in `rcParams[…] = …`."""

    def __iter__(cls) -> Iterator[Any]:
        return iter(cls())


class Plot(metaclass=_Anything):
    """A figure, axes, a line, a colour map: takes every request and does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing of it is kept."""

    def __call__(self, *args: Any, **kwargs: Any) -> Plot:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Plot:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        """As in `axes[0, 1] = …`."""

    def __iter__(self) -> Iterator[Plot]:
        return iter([self] * PARTS)

    def __len__(self) -> int:
        return PARTS

    def __enter__(self) -> Plot:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""
