"""Code that runs on one backend only: branches that ask Keras which one it is.

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

What stands in such a branch is meant for that backend. Only code that knows JAX or PyTorch, or
names of Keras 3, counts: in Keras 2 the other branch was Theano's, and JAX would fall into it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.keras3 import uses_keras3
from kerashift.engine.analysis.module import Module
from kerashift.engine.model import Span

_ASKED = ("keras.backend.backend", "keras.config.backend")
_BACKENDS = frozenset({"tensorflow", "jax", "torch", "numpy", "openvino"})
_NEW = frozenset({"jax", "torch"})


def guarded_spans(module: Module) -> tuple[Span, ...]:
    """The branches of a module that are for one backend."""
    if not any(ref.symbol.name in _ASKED for ref in module.references):
        return ()
    branches: list[list[ast.stmt]] = []
    known: set[str] = set()
    for node in ast.walk(module.tree.scope.node):
        if isinstance(node, ast.If):
            found = _asked_for(node.test, module)
            known |= found
            if found:
                branches.append(node.body)
            elif node.orelse and _is_refused(node.test, module):
                branches.append(node.orelse)
        elif isinstance(node, ast.Match) and _asks(node.subject, module):
            for case in node.cases:
                found = set(_words(case.pattern))
                known |= found
                if found:
                    branches.append(case.body)
    if not (known & _NEW or uses_keras3(module)):
        return ()
    return tuple(
        Span(module.span(body[0]).start, module.span(body[-1]).end) for body in branches
    )


def _asked_for(test: ast.expr, module: Module) -> set[str]:
    """The backends that a test lets through: `== "tensorflow"`, `in ("jax", "torch")`."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return set().union(*(_asked_for(value, module) for value in test.values))
    if not isinstance(test, ast.Compare) or not _asks(test.left, module):
        return set()
    if not isinstance(test.ops[0], ast.Eq | ast.In):
        return set()
    return set(_words(test.comparators[0]))


def _is_refused(test: ast.expr, module: Module) -> bool:
    """`!= "tensorflow"`: what stands in `else` is for that backend."""
    if not isinstance(test, ast.Compare) or not _asks(test.left, module):
        return False
    return isinstance(test.ops[0], ast.NotEq) and any(_words(test.comparators[0]))


def _words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and part.value in _BACKENDS:
            yield str(part.value)


def _asks(node: ast.expr, module: Module) -> bool:
    """Whether an expression gives the backend's name: the call, or a name that says so."""
    if isinstance(node, ast.Call):
        symbol = module.symbol(node.func)
        return symbol is not None and symbol.name in _ASKED
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return "backend" in str(last).lower()
