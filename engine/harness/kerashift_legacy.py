"""Lets a Keras 2 project run as it is: under `tf_keras`, or in the environment it was written for.

Where `tf_keras` is installed, the project's `import keras` means that, deep import paths included.
Where it is not, `keras` itself is of the second kind, and `tf_keras` means that to the harness.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any


def alias_keras() -> None:
    """Make `keras` and `tf_keras` the same; raises `ImportError` where there is no Keras 2."""
    if importlib.util.find_spec("tf_keras") is not None:
        name, real = "keras", "tf_keras"
    else:
        name, real = "tf_keras", "keras"
        # TensorFlow 2.14 and 2.15 would look for `tf_keras` themselves.
        os.environ.pop("TF_USE_LEGACY_KERAS", None)
    module = importlib.import_module(real)
    version = str(getattr(module, "__version__", "2"))
    if int(version.split(".")[0]) > 2:
        raise ImportError(f"Keras 2 is needed, this is {version}")
    sys.modules[name] = module
    sys.meta_path.insert(0, _Finder(name, real))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, name: str, real: str) -> None:
        self._name = name
        self._real = real

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith(f"{self._name}."):
            return None
        return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec: Any) -> Any:
        tail = spec.name.partition(".")[2]
        try:
            return importlib.import_module(f"{self._real}.{tail}")
        except ModuleNotFoundError:
            # `keras.engine`, `keras.layers.core`: what once stood where `src` is now.
            return importlib.import_module(f"{self._real}.src.{tail}")

    def exec_module(self, module: Any) -> None:
        """It is already executed, under its own name."""


def take_old_arguments(tell: Callable[[str], None]) -> None:
    """Let optimizers take `lr` and `decay` as Keras did up to 2.10; `tell` hears of it.

    The last Keras 2 ignores the one and refuses the other.
    """
    optimizers = importlib.import_module("tf_keras.optimizers")
    schedules = importlib.import_module("tf_keras.optimizers.schedules")
    kinds = optimizers.Optimizer.__mro__
    base: Any = next((kind for kind in kinds if "_process_kwargs" in vars(kind)), None)
    if base is None:
        return  # a Keras that takes them as they are
    process, build_rate = base._process_kwargs, base._build_learning_rate

    def process_kwargs(self: Any, kwargs: dict[str, Any]) -> None:
        self._kerashift_old = {name: kwargs.pop(name) for name in ("lr", "decay") if name in kwargs}
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
