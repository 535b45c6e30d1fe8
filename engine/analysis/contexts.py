"""Contexts: which functions are model code and which belong to a `tf.data` pipeline.

Both start from seeds (methods of layers; functions given to `Dataset.map`) and spread along calls
inside the project. A function that both reach is BOTH; one that neither reaches is HOST.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.kinds import MODEL_SIDE, Kind, kind_of, kind_of_class
from kerashift.engine.analysis.module import Definition, Module
from kerashift.engine.analysis.scopes import Function
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Context

_PIPELINE_METHODS = frozenset(
    {"map", "filter", "flat_map", "interleave", "scan", "reduce", "take_while", "apply"}
)
_NOT_DATASETS = ("pool", "executor", "series", "df", "frame", "concurrent")
_MODEL_ARGUMENTS = (
    "loss",
    "metrics",
    "weighted_metrics",
    "activation",
    "recurrent_activation",
    "initializer",
    "regularizer",
    "constraint",
    "normalizer",
)
_Key = tuple[Module, ast.AST]


@dataclass
class Contexts:
    """Context of each function of a project; module-level code is HOST."""

    index: ProjectIndex
    model: set[ast.AST] = field(default_factory=set)
    data: set[ast.AST] = field(default_factory=set)

    def of(self, module: Module, node: ast.AST) -> Context:
        """Context of the code at `node` (a name, call, class or function of the tree)."""
        return self.of_function(module.tree.within.get(node))

    def of_function(self, function: Function | None) -> Context:
        """Context of a function; a nested one inherits from those around it."""
        model = data = False
        while function is not None:
            model = model or function.node in self.model
            data = data or function.node in self.data
            if data and not model:
                return Context.DATA
            if model or data:
                break
            function = function.outer
        if model and data:
            return Context.BOTH
        return Context.MODEL if model else Context.HOST


def find_contexts(index: ProjectIndex) -> Contexts:
    """Seed and spread over the whole project."""
    contexts = Contexts(index)
    calls = {module: _local_calls(module) for module in index.by_path.values()}
    contexts.model = _spread(_model_seeds(index), calls)
    contexts.data = _spread(_data_seeds(index), calls)
    return contexts


def _spread(seeds: Iterable[_Key], calls: dict[Module, dict[ast.AST, list[_Key]]]) -> set[ast.AST]:
    reached: set[ast.AST] = set()
    pending = list(seeds)
    while pending:
        module, node = pending.pop()
        if node in reached:
            continue
        reached.add(node)
        pending.extend(calls[module].get(node, ()))
    return reached


def _local_calls(module: Module) -> dict[ast.AST, list[_Key]]:
    """For each function, the project's functions that it calls or hands on."""
    result: dict[ast.AST, list[_Key]] = {}
    for call in module.tree.calls:
        function = module.tree.within[call]
        if function is None:
            continue
        for target in _functions(module, [call.func, *_handed(call)]):
            result.setdefault(function.node, []).append(target)
    return result


def _handed(call: ast.Call) -> Iterator[ast.expr]:
    """Functions given by name as arguments, as in `ops.map(step, x)`."""
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(argument, ast.Name | ast.Attribute):
            yield argument


def _functions(module: Module, nodes: Iterable[ast.expr]) -> Iterator[_Key]:
    """The project's functions that expressions mean: names, `self.method`, lambdas."""
    for node in nodes:
        if isinstance(node, ast.Lambda):
            yield module, node
            continue
        if isinstance(node, ast.Call):
            # functools.partial(f, …) and decorators with arguments
            yield from _functions(module, node.args[:1])
            continue
        method = _own_method(module, node)
        if method is not None:
            yield module, method
            continue
        found = module.resolve(node)
        if isinstance(found, Definition) and found.node is not None:
            if isinstance(found.node, ast.ClassDef):
                continue
            yield found.module, found.node


def _own_method(module: Module, node: ast.expr) -> ast.AST | None:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return None
    if node.value.id not in ("self", "cls"):
        return None
    function = module.tree.within.get(node.value)
    while function is not None:
        if function.owner is not None:
            for item in function.owner.body:
                if isinstance(item, ast.FunctionDef) and item.name == node.attr:
                    return item
        function = function.outer
    return None


# Seeds


def _model_seeds(index: ProjectIndex) -> Iterator[_Key]:
    for module in index.by_path.values():
        for node in module.tree.classes:
            if kind_of_class(module, node) in MODEL_SIDE:
                yield from (
                    (module, item) for item in node.body if isinstance(item, ast.FunctionDef)
                )
        for function in module.tree.functions.values():
            if _looks_like_loss(function.node):
                yield module, function.node
        for reference in module.references:
            if reference.function is not None and _builds_graph(reference.symbol, reference.call):
                yield module, reference.function.node
        for call in module.tree.calls:
            yield from _functions(module, _model_arguments(module, call))


def _looks_like_loss(node: ast.AST) -> bool:
    if isinstance(node, ast.Lambda | ast.FunctionDef):
        names = [arg.arg for arg in node.args.args]
        return "y_pred" in names and "y_true" in names
    return False


def _builds_graph(symbol: Symbol, call: ast.Call | None) -> bool:
    """`keras.Input(…)`, or a layer that is made and called at once: `Dense(3)(x)`."""
    if call is None or not symbol.is_keras:
        return False
    if symbol.name in ("keras.Input", "keras.layers.Input", "keras.Model", "keras.models.Model"):
        return True
    return symbol.name.startswith("keras.layers.")


def _model_arguments(module: Module, call: ast.Call) -> Iterator[ast.expr]:
    symbol = module.symbol(call.func, module.tree.scopes[call])
    if symbol is not None and symbol.name == "keras.layers.Lambda" and call.args:
        yield call.args[0]
    if symbol is not None and symbol.name == "keras.layers.Activation" and call.args:
        yield call.args[0]
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    for keyword in call.keywords:
        if keyword.arg is None or not keyword.arg.endswith(_MODEL_ARGUMENTS):
            continue
        if method == "compile" or symbol is not None:
            yield from _leaves(keyword.value)
    if method == "compile":
        for argument in call.args[1:3]:
            yield from _leaves(argument)


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    """Items of lists and dicts, so that `metrics=[dice, iou]` gives both."""
    if isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _leaves(item)
    elif isinstance(node, ast.Dict):
        for item in node.values:
            yield from _leaves(item)
    else:
        yield node


def _data_seeds(index: ProjectIndex) -> Iterator[_Key]:
    for module in index.by_path.values():
        for call in module.tree.calls:
            if is_pipeline_call(module, call):
                arguments = [*call.args, *(k.value for k in call.keywords)]
                yield from _functions(module, arguments)
        for node in module.tree.classes:
            if kind_of_class(module, node) is Kind.SEQUENCE:
                yield from (
                    (module, item) for item in node.body if isinstance(item, ast.FunctionDef)
                )


def is_pipeline_call(module: Module, call: ast.Call) -> bool:
    """Whether a call hands functions to a `tf.data` pipeline."""
    symbol = module.symbol(call.func, module.tree.scopes[call])
    if symbol is not None:
        return symbol.name.startswith("tf.data.")
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _PIPELINE_METHODS):
        return False
    if any(k.arg in ("num_parallel_calls", "cycle_length", "deterministic") for k in call.keywords):
        return True
    kind = kind_of(module, call.func.value)
    if kind is not None:
        return kind is Kind.DATASET
    if call.func.attr in ("apply", "reduce"):
        return False
    root = call.func.value
    name = ast.unparse(root).lower()[:80]
    return len(call.args) == 1 and not any(word in name for word in _NOT_DATASETS)
