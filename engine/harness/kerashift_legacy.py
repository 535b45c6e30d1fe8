"""Lets a Keras 2 project's `import keras` mean `tf_keras`, deep import paths included."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
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
