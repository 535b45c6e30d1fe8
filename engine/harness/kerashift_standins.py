"""Data that cannot be had is replaced: data sets by made-up ones, pretrained weights by none.

A function is replaced by exchanging its code object, so that every name under which it was
already imported means the replacement.
"""

from __future__ import annotations

import inspect
import os
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kerashift_synthetic

DOWNLOAD_SECONDS = 15.0
_HANDLERS: dict[str, Callable[..., Any]] = {}


class NotAvailableError(OSError):
    """A file from the network that is not in the cache and could not be fetched."""


def dispatch(name: str, *args: Any, **kwargs: Any) -> Any:
    """Called by every exchanged function."""
    return _HANDLERS[name](*args, **kwargs)


class StandIns:
    """`mode` is `auto`, `real` or `synthetic`; `tell` hears what was replaced.

    What is downloaded goes to `folder`: an interrupted download must not leave half a file in the
    person's own cache.
    """

    def __init__(self, framework: Any, mode: str, folder: str, tell: Callable[[str], None]) -> None:
        self._framework = framework
        self._mode = mode
        self._tell = tell
        self._offline = False
        self._folder = folder
        self.replaced: list[str] = []

    def install(self) -> None:
        """Exchange the functions; with real data nothing is touched."""
        if self._mode == "real":
            return
        self._exchange(self._framework.keras.utils, "get_file", self._get_file)
        for name in kerashift_synthetic.MAKERS:
            module = getattr(self._framework.keras.datasets, name, None)
            if module is not None:
                self._exchange(module, "load_data", self._data_set(name))
                if hasattr(module, "get_word_index"):
                    self._exchange(module, "get_word_index", self._word_index(name))
        for name, value in list(vars(self._framework.keras.applications).items()):
            if isinstance(value, types.FunctionType) and "weights" in value.__code__.co_varnames:
                self._exchange(self._framework.keras.applications, name, self._application(name))

    def _exchange(self, module: Any, name: str, make: Callable[..., Any]) -> None:
        function = getattr(module, name, None)
        if not isinstance(function, types.FunctionType) or function.__code__.co_freevars:
            return
        original = types.FunctionType(
            function.__code__, function.__globals__, name, function.__defaults__
        )
        original.__kwdefaults__ = function.__kwdefaults__
        key = f"{module.__name__}.{name}"
        _HANDLERS[key] = lambda *args, **kwargs: make(original, *args, **kwargs)
        function.__code__ = _forwarding_code(key)
        function.__defaults__ = None
        function.__kwdefaults__ = None

    # Replacements

    def _data_set(self, name: str) -> Callable[..., Any]:
        def load_data(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if self._mode == "auto":
                try:
                    return original(*args, **kwargs)
                except Exception as error:
                    if not _is_about_the_network(error):
                        raise
            self._replace(f"keras.datasets.{name}", "made-up data of the same shape and type")
            return kerashift_synthetic.load(name, **kwargs)

        return load_data

    def _word_index(self, name: str) -> Callable[..., Any]:
        def get_word_index(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            try:
                return original(*args, **kwargs)
            except Exception as error:
                if not _is_about_the_network(error):
                    raise
            return kerashift_synthetic.word_index()

        return get_word_index

    def _application(self, name: str) -> Callable[..., Any]:
        def build(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            bound = inspect.signature(original).bind(*args, **kwargs)
            bound.apply_defaults()
            if bound.arguments["weights"] != "imagenet" or not self._may_not_fetch():
                try:
                    return original(*args, **kwargs)
                except Exception as error:
                    if not _is_about_the_network(error):
                        raise
            self._replace(f"the weights of {name}", "random ones")
            bound.arguments["weights"] = None
            return original(*bound.args, **bound.kwargs)

        return build

    def _may_not_fetch(self) -> bool:
        return self._mode == "synthetic" or self._offline

    def _get_file(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name, cached = _cached_file(*args, **kwargs)
        if cached is not None and cached.exists():
            return original(*args, **kwargs)
        if self._may_not_fetch():
            raise NotAvailableError(f"{name} is not here, and this run downloads nothing")
        done, value = _within(DOWNLOAD_SECONDS, lambda: self._download(original, args, kwargs))
        if done and not isinstance(value, Exception):
            return value
        self._offline = True
        raise NotAvailableError(f"{name} could not be downloaded: {value}")

    def _download(self, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        downloads = Path(self._folder) / "downloads"
        downloads.mkdir(exist_ok=True)
        return original(*args, **{**kwargs, "cache_dir": str(downloads)})

    def _replace(self, what: str, by: str) -> None:
        if what not in self.replaced:
            self.replaced.append(what)
            self._tell(f"{what} could not be had here and was replaced by {by}")


def _forwarding_code(key: str) -> types.CodeType:
    source = (
        "def forward(*args, **kwargs):\n"
        "    from kerashift_standins import dispatch\n"
        f"    return dispatch({key!r}, *args, **kwargs)\n"
    )
    scope: dict[str, Any] = {}
    exec(compile(source, "kerashift_standins", "exec"), scope)
    return scope["forward"].__code__


def _is_about_the_network(error: BaseException | None) -> bool:
    """Whether something could not be fetched; a project's own mistake is not that."""
    while error is not None:
        if isinstance(error, NotAvailableError) or "URL fetch failure" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _cached_file(
    fname: Any = None, origin: str = "", *_: Any, **kwargs: Any
) -> tuple[str, Path | None]:
    """The file's name, and where Keras would keep it."""
    name = str(fname or origin.rsplit("/", 1)[-1])
    home = kwargs.get("cache_dir") or os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return name, Path(home) / kwargs.get("cache_subdir", "datasets") / name


def _within(seconds: float, call: Callable[[], Any]) -> tuple[bool, Any]:
    """(finished in time, its value or the exception that it raised)."""
    outcome: list[Any] = []

    def work() -> None:
        try:
            outcome.append(call())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return (True, outcome[0]) if outcome else (False, f"not within {seconds:.0f} seconds")
