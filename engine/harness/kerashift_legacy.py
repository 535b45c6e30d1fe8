"""Lets a Keras 2 project's `import keras` mean `tf_keras`, deep import paths included."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable
from typing import Any


def alias_keras() -> None:
    """Make `keras` and all below it the modules of `tf_keras`; raises `ImportError` without it."""
    sys.modules["keras"] = importlib.import_module("tf_keras")
    sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith("keras."):
            return None
        return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec: Any) -> Any:
        tail = spec.name.partition(".")[2]
        try:
            return importlib.import_module(f"tf_keras.{tail}")
        except ModuleNotFoundError:
            # `keras.engine`, `keras.layers.core`: what once stood where `src` is now.
            return importlib.import_module(f"tf_keras.src.{tail}")

    def exec_module(self, module: Any) -> None:
        """It is already executed, under its own name."""


def take_old_arguments(tell: Callable[[str], None]) -> None:
    """Let optimizers take `lr` and `decay` as Keras did up to 2.10; `tell` hears of it.

    The last Keras 2 ignores the one and refuses the other.
    """
    optimizers = importlib.import_module("tf_keras.optimizers")
    schedules = importlib.import_module("tf_keras.optimizers.schedules")
    base = next(k for k in optimizers.Optimizer.__mro__ if "_process_kwargs" in vars(k))
    process, build_rate = base._process_kwargs, base._build_learning_rate

    def process_kwargs(self: Any, kwargs: dict[str, Any]) -> None:
        self._kerashift_old = {
            name: kwargs.pop(name) for name in ("lr", "decay") if name in kwargs
        }
        for name in self._kerashift_old:
            tell(f"the original's `{name}` of the optimizer counts as it did up to Keras 2.10")
        process(self, kwargs)

    def build_learning_rate(self: Any, rate: Any) -> Any:
        old = getattr(self, "_kerashift_old", {})
        rate = old.get("lr", rate)
        if old.get("decay"):
            rate = schedules.InverseTimeDecay(rate, 1, old["decay"])
        return build_rate(self, rate)

    base._process_kwargs, base._build_learning_rate = process_kwargs, build_learning_rate
