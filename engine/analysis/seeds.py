"""Where contexts begin: what makes a function model code, and what puts it into a pipeline."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kerashift.engine.analysis.callables import Key, functions_of, leaves
from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.kinds import MODEL_SIDE, Kind, kind_of, kind_of_class
from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.symbols import Symbol

_PIPELINE_METHODS = frozenset(
    {"map", "filter", "flat_map", "interleave", "scan", "reduce", "take_while", "apply"}
    | {"map_with_options", "group_by_window", "bucket_by_sequence_length", "rejection_resample"}
)
_PIPELINE_OPTIONS = frozenset({"num_parallel_calls", "cycle_length", "deterministic"})
_NOT_DATASETS = ("pool", "executor", "series", "df", "frame", "concurrent")
_FED = frozenset(
    {"fit", "evaluate", "predict", "fit_generator", "evaluate_generator", "predict_generator"}
)
_INPUT_FUNCTIONS = ("input_fn", "preprocessing_function")
_CONVERTED = {
    Kind.LAYER: ("call",),
    Kind.MODEL: ("call",),
    Kind.LOSS: ("call",),
    Kind.METRIC: ("update_state", "result"),
}
"""Methods that Keras 2 handed to AutoGraph; `train_step` was not among them."""
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


@dataclass(frozen=True, slots=True)
class Use:
    """What puts a function into a context: a place with a name for people."""

    module: Module
    node: ast.AST
    name: str

    @property
    def place(self) -> str:
        """`` `Net.call` (net.py:12) ``."""
        where = self.module.unit.locate(self.module.span(self.node).start)
        cell = f"cell {where.cell}, line " if where.cell is not None else ""
        return f"`{self.name}` ({self.module.unit.path}:{cell}{where.line})"


@dataclass(frozen=True, slots=True)
class Seed:
    """A function and its use. `is_host`: runs as plain Python, not as a graph of TensorFlow."""

    key: Key
    use: Use
    is_host: bool = False


def model_seeds(index: ProjectIndex) -> Iterator[Seed]:
    """Methods of layers and the like, losses, makers of graphs, functions given to Keras."""
    for module in index.by_path.values():
        for node in module.tree.classes:
            if kind_of_class(module, node) in MODEL_SIDE:
                yield from _methods(module, node)
        for function in module.tree.functions.values():
            if _looks_like_loss(function.node):
                use = Use(module, function.node, function.name)
                yield Seed((module, function.node), use)
        for reference in module.references:
            within = reference.function
            if within is not None and _builds_graph(reference.symbol, reference.call):
                yield Seed((module, within.node), Use(module, within.node, within.name))
        for call in module.tree.calls:
            given = tuple(_model_arguments(module, call))
            yield from _seeds(module, call, given)


def converted_seeds(index: ProjectIndex) -> Iterator[Seed]:
    """What Keras 2 ran AutoGraph over: `call` and the like, losses, metrics, Lambda functions."""
    for module in index.by_path.values():
        for node in module.tree.classes:
            kind = kind_of_class(module, node)
            names = _CONVERTED.get(kind, ()) if kind is not None else ()
            for seed in _methods(module, node) if names else ():
                if getattr(seed.key[1], "name", "") in names:
                    yield seed
        for function in module.tree.functions.values():
            if _looks_like_loss(function.node):
                use = Use(module, function.node, function.name)
                yield Seed((module, function.node), use)
        for call in module.tree.calls:
            yield from _seeds(module, call, tuple(_model_arguments(module, call)))


def data_seeds(index: ProjectIndex) -> Iterator[Seed]:
    """Functions that pipelines are given, and plain Python that feeds them or the model."""
    for module in index.by_path.values():
        for call in module.tree.calls:
            arguments = [*call.args, *(k.value for k in call.keywords)]
            if is_pipeline_call(module, call):
                given = [leaf for argument in arguments for leaf in leaves(argument)]
                yield from _seeds(module, call, given, _is_generator_call(call))
            else:
                yield from _feeding(module, call, arguments)
        for node in module.tree.classes:
            if kind_of_class(module, node) is Kind.SEQUENCE:
                yield from _methods(module, node, is_host=True)


def _methods(module: Module, node: ast.ClassDef, is_host: bool = False) -> Iterator[Seed]:
    for item in node.body:
        if isinstance(item, ast.FunctionDef):
            use = Use(module, item, f"{node.name}.{item.name}")
            yield Seed((module, item), use, is_host)


def _seeds(
    module: Module, call: ast.Call, given: Iterable[ast.expr], is_host: bool = False
) -> Iterator[Seed]:
    for key in functions_of(module, given, module.tree.scopes.get(call)):
        yield Seed(key, Use(module, call, _name_of(call)), is_host)


def _name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else "call"


# Model code


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
            yield from leaves(keyword.value)
    if method == "compile":
        for argument in call.args[1:3]:
            yield from leaves(argument)


# Pipelines


def is_pipeline_call(module: Module, call: ast.Call) -> bool:
    """Whether a call hands functions to a `tf.data` pipeline."""
    symbol = module.symbol(call.func, module.tree.scopes[call])
    if symbol is not None:
        return symbol.name.startswith("tf.data.")
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _PIPELINE_METHODS):
        return False
    if any(k.arg in _PIPELINE_OPTIONS for k in call.keywords):
        return True
    kind = kind_of(module, call.func.value)
    if kind is not None:
        return kind is Kind.DATASET
    if call.func.attr in ("apply", "reduce"):
        return False
    root = call.func.value
    name = ast.unparse(root).lower()[:80]
    return len(call.args) == 1 and not any(word in name for word in _NOT_DATASETS)


def _is_generator_call(call: ast.Call) -> bool:
    """`Dataset.from_generator(f)`: `f` gives NumPy arrays, as plain Python."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "from_generator"


def _feeding(module: Module, call: ast.Call, arguments: list[ast.expr]) -> Iterator[Seed]:
    """Generators given to `fit`, `input_fn` of estimators, functions of ImageDataGenerator."""
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg.endswith(_INPUT_FUNCTIONS):
            yield from _seeds(module, call, [keyword.value], is_host=True)
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _FED):
        return
    for argument in arguments:
        # The generator itself, `gen(…)`, or a name that was assigned one.
        scope = module.tree.scopes.get(call)
        for maker in _makers(module, argument):
            for key in functions_of(module, [maker.func], scope):
                if _yields(key[1]):
                    yield Seed(key, Use(module, call, call.func.attr), is_host=True)


def _makers(module: Module, node: ast.expr) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call):
        yield node
    elif isinstance(node, ast.Name):
        scope = module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        for binding in found[1] if found is not None else ():
            if isinstance(binding.value, ast.Call):
                yield binding.value


def _yields(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
