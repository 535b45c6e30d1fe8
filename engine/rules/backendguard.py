"""Code for one backend only: what stands under `if keras.backend.backend() == "tensorflow":`."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.module import Module

_ASKS = ("keras.backend.backend", "keras.config.backend")


def is_for_tensorflow(module: Module, node: ast.AST) -> bool:
    """Whether a node stands in the body of an `if` that asks for the TensorFlow backend."""
    parent = module.parent(node)
    while parent is not None:
        if isinstance(parent, ast.If) and node in parent.body and _asks(module, parent.test):
            return True
        node, parent = parent, module.parent(parent)
    return False


def _asks(module: Module, test: ast.expr) -> bool:
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq)):
        return False
    left, right = test.left, test.comparators[0]
    if not (isinstance(left, ast.Call) and isinstance(right, ast.Constant)):
        return False
    symbol = module.symbol(left.func)
    return symbol is not None and symbol.name in _ASKS and right.value == "tensorflow"
