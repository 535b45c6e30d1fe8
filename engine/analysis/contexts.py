"""Contexts: which functions are model code and which belong to a `tf.data` pipeline.

Both start from seeds (methods of layers; functions given to `Dataset.map`) and spread along calls
inside the project. A function that both reach is BOTH; one that neither reaches is HOST.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kerashift.engine.analysis.callables import (
    Key,
    decorated_by,
    functions_of,
    handed_functions,
)
from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.scopes import Function
from kerashift.engine.analysis.seeds import Seed, Use, converted_seeds, data_seeds, model_seeds
from kerashift.engine.model import Context

_PYTHON_CALLS = frozenset(
    {"tf.py_function", "tf.numpy_function", "tf.py_func", "tf.compat.v1.py_func"}
)
"""What they are given runs as plain Python, outside of the graph."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A call inside the project. `is_host`: by way of `tf.py_function`."""

    to: Key
    is_host: bool = False


@dataclass
class Contexts:
    """Context of each function of a project; module-level code is HOST.

    `model` and `data` hold, for each function that they reach, the use that leads to it by the
    shortest way. `traced` are those of `data` that TensorFlow runs as a graph. `converted` are
    those whose Python `if` and loops on tensors Keras 2 turned into graph operations (AutoGraph).
    """

    index: ProjectIndex
    model: dict[ast.AST, Use] = field(default_factory=dict)
    data: dict[ast.AST, Use] = field(default_factory=dict)
    traced: dict[ast.AST, Use] = field(default_factory=dict)
    converted: dict[ast.AST, Use] = field(default_factory=dict)

    def of(self, module: Module, node: ast.AST) -> Context:
        """Context of the code at `node` (a name, call, class or function of the tree)."""
        return self.of_function(module.tree.within.get(node))

    def of_function(self, function: Function | None) -> Context:
        """Context of a function; a nested one inherits from those around it."""
        while function is not None:
            model, data = function.node in self.model, function.node in self.data
            if model and data:
                return Context.BOTH
            if data:
                return Context.DATA
            if model:
                return Context.MODEL
            function = function.outer
        return Context.HOST

    def uses(self, function: Function | None) -> tuple[Use | None, Use | None]:
        """What makes a function model code, and what puts it into a pipeline."""
        while function is not None:
            model, data = self.model.get(function.node), self.data.get(function.node)
            if model is not None or data is not None:
                return model, data
            function = function.outer
        return None, None

    def is_converted(self, function: Function | None) -> bool:
        """Whether Keras 2 ran AutoGraph over a function; a nested one goes with that around it."""
        while function is not None:
            if function.node in self.converted:
                return True
            function = function.outer
        return False

    def pipeline(self, function: Function | None) -> Use | None:
        """The use in a pipeline that TensorFlow runs as a graph; None outside of one."""
        while function is not None:
            if function.node in self.traced:
                return self.traced[function.node]
            if function.node in self.model or function.node in self.data:
                return None
            function = function.outer
        return None


def find_contexts(index: ProjectIndex) -> Contexts:
    """Seed and spread over the whole project."""
    edges = {module: _edges(module) for module in index.by_path.values()}
    seeds = tuple(data_seeds(index))
    traced = [seed for seed in seeds if not seed.is_host]
    return Contexts(
        index,
        model=_spread(model_seeds(index), edges, through_host=False),
        data=_spread(seeds, edges, through_host=True),
        traced=_spread(traced, edges, through_host=False),
        converted=_spread(converted_seeds(index), edges, through_host=False),
    )


def _spread(
    seeds: Iterable[Seed], edges: dict[Module, dict[ast.AST, list[_Edge]]], through_host: bool
) -> dict[ast.AST, Use]:
    """Breadth first, so that the use that is named is near."""
    reached: dict[ast.AST, Use] = {}
    pending = [(seed.key, seed.use) for seed in seeds]
    while pending:
        following: list[tuple[Key, Use]] = []
        for (module, node), use in pending:
            if node in reached:
                continue
            reached[node] = use
            for edge in edges[module].get(node, ()):
                if through_host or not edge.is_host:
                    following.append((edge.to, use))
        pending = following
    return reached


def _edges(module: Module) -> dict[ast.AST, list[_Edge]]:
    """For each function, the project's functions that it calls or hands on."""
    result: dict[ast.AST, list[_Edge]] = {}
    for call in module.tree.calls:
        function = module.tree.within[call]
        if function is not None:
            targets = result.setdefault(function.node, [])
            targets.extend(_targets(module, call))
    for node in module.tree.functions:
        inner = [_Edge(key) for key in decorated_by(module, node)]
        if inner:
            result.setdefault(node, []).extend(inner)
    return result


def _targets(module: Module, call: ast.Call) -> Iterator[_Edge]:
    symbol = module.symbol(call.func, module.tree.scopes[call])
    is_host = symbol is not None and symbol.name in _PYTHON_CALLS
    if symbol is None:
        yield from (_Edge(key) for key in functions_of(module, [call.func]))
    yield from (_Edge(key, is_host) for key in handed_functions(module, call))
    if is_host:  # `tf.py_function(lambda x: …, [x], …)`
        yield from (_Edge(key, True) for key in functions_of(module, call.args[:1]))
