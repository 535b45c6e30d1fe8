"""KS334: Lambda layers in models that are loaded or cloned."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module, Reference
from kerashift.engine.model import Context, Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.path_text import path_text
from kerashift.engine.rules.receivers import bindings_of

_LAMBDA = "keras.layers.Lambda"
_LOAD = ("keras.models.load_model", "keras.saving.load_model")
_CLONE = ("keras.models.clone_model", "keras.models.model_from_json")
_TRUST = "A lambda in a file is code that runs: load only files that you trust."
_SWITCH = "From then on lambdas run in every model that is loaded: load only files that you trust."
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_TWICE = "\n{}def twice(x):\n    return 2.0 * x\n\n\n"
_MODEL = "x = keras.Input((3,))\nmodel = keras.Model(x, keras.layers.Lambda({})(x))\n"
_RESULT = "result = again.predict(np.ones((1, 3)), verbose=0)\n"
_SAVED = "model.save('net.h5')\nagain = keras.models.load_model('net.h5'{})\n" + _RESULT
_CLONED = "again = keras.models.clone_model(model)\n" + _RESULT
_CACHE: WeakKeyDictionary[ProjectIndex, frozenset[str]] = WeakKeyDictionary()


class LambdaReload(Rule):
    code = "KS334"
    name = "lambda-reload"
    reference_url = "https://keras.io/api/layers/core_layers/lambda/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call, name = ref.call, ref.symbol.name
        if call is None or ctx.stays or not name.startswith("keras."):
            return
        if name == _LAMBDA and "named" in _uses(ctx):
            yield from _named(call, ctx)
        elif name in _LOAD and "lambda" in _uses(ctx):
            yield from _loaded(call, ctx)
        elif name in _CLONE and "lambda" in _uses(ctx):
            yield from _cloned(call, ctx)

    examples = (
        Example(
            "a lambda in a file",
            _OLD + _MODEL.format("lambda t: 2.0 * t") + _SAVED.format(""),
            _NEW + _MODEL.format("lambda t: 2.0 * t") + _SAVED.format(", safe_mode=False"),
            compare="result",
        ),
        Example(
            "a function in a file",
            _OLD + _TWICE.format("") + _MODEL.format("twice") + _SAVED.format(""),
            _NEW
            + _TWICE.format("@keras.saving.register_keras_serializable()\n")
            + _MODEL.format("twice")
            + _SAVED.format(""),
            compare="result",
        ),
        Example(
            "a lambda in a model that is cloned",
            _OLD + _MODEL.format("lambda t: 2.0 * t") + _CLONED,
            _NEW
            + _MODEL.format("lambda t: 2.0 * t")
            + "keras.config.enable_unsafe_deserialization()\n"
            + _CLONED,
            compare="result",
        ),
        Example(
            "a model that is cloned between two branches",
            _NEW
            + _MODEL.format("lambda t: 2.0 * t")
            + "if model is None:\n    pass\nelif keras.models.clone_model(model):\n    pass\n",
            _NEW
            + _MODEL.format("lambda t: 2.0 * t")
            + "if model is None:\n    pass\nelif keras.models.clone_model(model):\n    pass\n",
        ),
        Example(
            "a model that is only trained",
            _NEW + _TWICE.format("") + _MODEL.format("twice") + "model.save('net.keras')\n",
            None,
        ),
        Example(
            "a function that is handed over",
            _NEW
            + _TWICE.format("")
            + _MODEL.format("twice")
            + _SAVED.format(", custom_objects={'twice': twice}"),
            None,
        ),
        Example(
            "a file without lambdas",
            "import keras\n\nmodel = keras.models.load_model('net.h5')\n"
            "names = sorted(model.layers, key=lambda layer: layer.name)\n",
            None,
        ),
    )


def _uses(ctx: RuleContext) -> frozenset[str]:
    """`lambda` where the project has one in a Lambda; `named` where it loads or clones without
    handing functions over."""
    index = ctx.contexts.index
    if index not in _CACHE:
        modules = [m for m in index.by_path.values() if _mentions(m)]
        _CACHE[index] = frozenset(use for module in modules for use in _uses_of(module))
    return _CACHE[index]


def _mentions(module: Module) -> bool:
    text = module.unit.text
    return "Lambda(" in text or any(name.rpartition(".")[2] in text for name in (*_LOAD, *_CLONE))


def _uses_of(module: Module) -> Iterator[str]:
    for ref in module.references:
        if ref.call is None:
            continue
        if ref.symbol.name == _LAMBDA and isinstance(_function(ref.call), ast.Lambda):
            yield "lambda"
        elif ref.symbol.name in (*_LOAD, *_CLONE) and not _hands_over(ref.call):
            yield "named"


def _hands_over(call: ast.Call) -> bool:
    return any(k.arg == "custom_objects" for k in call.keywords)


def _function(call: ast.Call) -> ast.expr | None:
    named = next((k.value for k in call.keywords if k.arg == "function"), None)
    return call.args[0] if call.args else named


def _named(call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """A function of the module: registered, it is found by its name."""
    given = _function(call)
    if not isinstance(given, ast.Name):
        return
    found = bindings_of(given.id, ctx.module.tree.scopes.get(given))
    node = found[0].node if len(found) == 1 else None
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return
    if ctx.module.tree.functions[node].outer is not None or indentation(ctx, node) != "":
        return
    spelled, needs = ctx.spell("keras.saving.register_keras_serializable")
    start = ctx.span(node).start
    line = f"@{spelled}({_package(given.id, ctx)}){ctx.module.unit.newline}"
    message = f"Keras 3 finds `{given.id}` of a Lambda again only if it is registered"
    made = fix(insert(start, line, rank=1), needs=needs)
    yield Finding(ctx.span(given), message, Safety.SAFE, made, context=Context.MODEL)


def _package(name: str, ctx: RuleContext) -> str:
    """What tells the function from one of its name in another module: the last one registered
    would stand for both."""
    definition = re.compile(rf"^[ \t]*(?:def|class)[ \t]+{name}\b", re.MULTILINE)
    others = (m for m in ctx.module.index.by_path.values() if m is not ctx.module)
    if not any(definition.search(other.unit.text) for other in others):
        return ""
    package = ctx.module.unit.path.rpartition(".")[0].replace("/", ".")
    return f'"{package}"'


def _loaded(call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """`load_model` of anything but a `.keras` file, for which Keras 2 asked the same."""
    path = path_text(ctx.module, call.args[0]) if call.args else None
    if path is not None and path.ends(".keras"):
        return
    if any(k.arg in ("safe_mode", None) for k in call.keywords):
        return
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return
    editor.add("safe_mode=False")
    message = "Keras 3 loads a model with a Python lambda in a Lambda with `safe_mode=False` only"
    yield Finding(
        ctx.span(call.func), message, Safety.REVIEW, Fix(editor.build()), _TRUST,
        context=Context.MODEL,
    )


def _cloned(call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    switch, needs = ctx.spell("keras.config.enable_unsafe_deserialization")
    if any(r.symbol.name.endswith("enable_unsafe_deserialization") for r in ctx.module.references):
        return
    statement: ast.AST | None = call
    while statement is not None and not isinstance(statement, ast.stmt):
        statement = ctx.module.parent(statement)
    indent = indentation(ctx, statement) if isinstance(statement, ast.stmt) else None
    is_branch = statement is not None and ctx.text(statement).startswith("elif")
    message = "Keras 3 makes no copy of a Lambda with a Python lambda unless that is allowed"
    span = ctx.span(call.func)
    is_header = isinstance(statement, ast.FunctionDef | ast.ClassDef) or is_branch
    if statement is None or indent is None or is_header:
        yield Finding(span, f"{message}: call `{switch}()` before.", Safety.MANUAL)
        return
    line = f"{switch}(){ctx.module.unit.newline}{indent}"
    made = fix(insert(ctx.span(statement).start, line, rank=1), needs=needs)
    yield Finding(span, message, Safety.REVIEW, made, _SWITCH, context=Context.MODEL)
