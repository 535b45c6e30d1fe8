"""KS333: a function in a Lambda layer that draws random numbers, or holds a variable."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Edit, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.receivers import bindings_of

_LAMBDA = "keras.layers.Lambda"
_RANDOM = ("tf.random.", "keras.backend.random_", "keras.backend.truncated_normal", "keras.random.")
_VARIABLES = ("tf.Variable", "keras.Variable", "keras.backend.variable")
_KEPT = ("name", "dtype", "trainable")
_DROPPED = ("output_shape",)
_CAUTION = (
    "The random numbers are others, and the layer has another name where it is given none."
)
_STATE = (
    "a Lambda layer neither trains nor saves a variable, and JAX refuses a `tf.Variable`: make a "
    "layer of it whose `build` calls `add_weight`"
)
_OLD = "from tensorflow import keras\nfrom tensorflow.keras import backend as K\n\n\n"
_TEXT = '{0}    """Draw.\n\n{0}    Around the mean.\n{0}    """\n'
_BODY = (
    "{0}    mean, spread = args\n{0}    # noise of the batch's shape\n"
    "{0}    noise = {1}\n{0}    return mean + 0.0 * noise + spread\n"
)
_USE = (
    "\n\na, b = keras.Input((3,)), keras.Input((3,))\nz = {}(name='z')([a, b])\n"
    "model = keras.Model([a, b], z)\ndata = [[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]\n"
    "result = model([keras.ops.convert_to_tensor(d) for d in data])\n"
)
_FROM_TF, _FROM_KERAS = (
    "from tensorflow.keras import backend as K, layers\n",
    "from keras import backend as K, layers\n",
)
_OBJECT = _FROM_TF + (
    "\n\nclass Net:\n    size = 2\n\n    def make(self):\n        def draw(x):\n"
    "            return x + {}((self.size,))\n\n        return layers.Lambda(draw)\n"
)
_DRAWN = "K.random_normal(shape=K.shape(mean))"
_NEW_DRAWN = "keras.random.normal(shape=ops.shape(mean), seed=self.seed_generator)"


@dataclass(frozen=True, slots=True)
class Found:
    """A function that Lambda layers call, and nothing else does."""

    node: ast.FunctionDef
    calls: tuple[ast.Call, ...]


class LambdaFunction(Rule):
    code = "KS333"
    name = "lambda-function"
    reference_url = "https://keras.io/api/layers/core_layers/lambda/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.symbol.name != _LAMBDA or ref.call is None or ctx.stays:
            return
        given = _function(ref.call)
        if isinstance(given, ast.Lambda) and _variable(given, ctx):
            message = f"`{_variable(given, ctx)}` in a Lambda: {_STATE}."
            yield Finding(ctx.span(given), message, Safety.MANUAL, context=Context.MODEL)
        if not isinstance(given, ast.Name):
            return
        node = _definition(given, ctx)
        if node is None:
            return
        variable = _variable(node, ctx)
        if variable:
            message = f"`{variable}` in the function of a Lambda: {_STATE}."
            yield Finding(ctx.span(given), message, Safety.MANUAL, context=Context.MODEL)
        elif _draws(node, ctx):
            found = _used_by_lambdas_only(node, ctx)
            if found is not None and found.calls[0] is ref.call:
                yield from _as_layer(found, ctx)

    examples = (
        Example(
            "a function that draws random numbers",
            _OLD
            + "def sampling(args):\n"
            + _TEXT.format("")
            + _BODY.format("", _DRAWN)
            + _USE.replace("{}(", "keras.layers.Lambda(sampling, output_shape=(3,), "),
            "import keras\nfrom keras import ops\n\n\nclass Sampling(keras.layers.Layer):\n"
            "    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n"
            "        self.seed_generator = keras.random.SeedGenerator()\n\n"
            "    def call(self, args):\n"
            + _TEXT.format("    ")
            + _BODY.format("    ", _NEW_DRAWN)
            + _USE.replace("{}(", "Sampling("),
        ),
        Example(
            "a function that reads the object around",
            _OBJECT.format("K.random_normal"),
            _OBJECT.format("K.random_normal").replace(_FROM_TF, _FROM_KERAS),
        ),
        Example(
            "a variable that a Lambda reads",
            "import tensorflow as tf\nimport keras\n\nrate = tf.Variable(2.0)\n"
            "layer = keras.layers.Lambda(lambda x: x * rate)\n",
            "import tensorflow as tf\nimport keras\n\nrate = tf.Variable(2.0)\n"
            "layer = keras.layers.Lambda(lambda x: x * rate)\n",
        ),
        Example(
            "a function that only computes",
            "import keras\nfrom keras import ops\n\n\ndef mean(x):\n"
            "    return ops.mean(x, axis=1)\n\n\nlayer = keras.layers.Lambda(mean)\n",
            None,
        ),
        Example(
            "a number that is no variable",
            "import keras\n\nrate = 2.0\nlayer = keras.layers.Lambda(lambda x: x * rate)\n",
            None,
        ),
        Example(
            "a function of something else",
            "import keras\nfrom jobs import Lambda\n\n\ndef draw(x):\n"
            "    return keras.random.normal((2,)) + x\n\n\nLambda(draw)\n",
            None,
        ),
    )


def _function(call: ast.Call) -> ast.expr | None:
    named = next((k.value for k in call.keywords if k.arg == "function"), None)
    return call.args[0] if call.args else named


def _definition(name: ast.Name, ctx: RuleContext) -> ast.FunctionDef | None:
    found = bindings_of(name.id, ctx.module.tree.scopes.get(name))
    node = found[0].node if len(found) == 1 else None
    return node if isinstance(node, ast.FunctionDef) else None


def _names(node: ast.AST) -> Iterator[ast.expr]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Load):
            yield part


def _draws(node: ast.AST, ctx: RuleContext) -> bool:
    symbols = (ctx.module.symbol(name) for name in _names(node))
    return any(s is not None and s.name.startswith(_RANDOM) for s in symbols)


def _variable(node: ast.AST, ctx: RuleContext) -> str:
    """A name in it that holds a variable, made once where the name is bound."""
    for part in _names(node):
        if not isinstance(part, ast.Name):
            continue
        for binding in bindings_of(part.id, ctx.module.tree.scopes.get(part)):
            made = binding.value
            if isinstance(made, ast.Call):
                symbol = ctx.module.symbol(made.func, ctx.module.tree.scopes.get(made))
                if symbol is not None and symbol.name in _VARIABLES:
                    return part.id
    return ""


def _used_by_lambdas_only(node: ast.FunctionDef, ctx: RuleContext) -> Found | None:
    """The Lambda layers that call a function of one argument, if it is used nowhere else."""
    arguments = node.args
    if len(arguments.args) != 1 or arguments.defaults or arguments.kwonlyargs:
        return None
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs or node.decorator_list:
        return None
    calls = []
    for name in ctx.module.tree.names:
        if name.id != node.name or _definition(name, ctx) is not node:
            continue
        call = ctx.module.parent(name)
        call = ctx.module.parent(call) if isinstance(call, ast.keyword) else call
        if not isinstance(call, ast.Call) or _function(call) is not name:
            return None
        symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes.get(call))
        if symbol is None or symbol.name != _LAMBDA:
            return None
        calls.append(call)
    return Found(node, tuple(calls)) if calls and not _is_shared(node, ctx) else None


def _is_shared(node: ast.FunctionDef, ctx: RuleContext) -> bool:
    """Whether another module of the project names the function too."""
    others = (m for m in ctx.module.index.by_path.values() if m is not ctx.module)
    return any(node.name in other.unit.text for other in others)


def _as_layer(found: Found, ctx: RuleContext) -> Iterator[Finding]:
    """`def sampling(args):` → `class Sampling(Layer): def call(self, args):`."""
    node = found.node
    name = "".join(part.capitalize() for part in node.name.split("_")) or "Drawn"
    span = ctx.span(node)
    head = Span(span.start, ctx.span(node.args.args[0]).start)
    message = (
        f"The function of a Lambda has no place for the seed of its random numbers: `{name}` is a "
        "layer of it"
    )
    scope = ctx.module.tree.scopes.get(node)
    layer, needs = ctx.spell("keras.layers.Layer")
    indent = indentation(ctx, node)
    edits = _inner(node, ctx)
    taken = name in ctx.module.tree.scope.bindings or bool(bindings_of(name, scope))
    if taken or indent is None or edits is None:
        yield Finding(head, f"{message} to be written.", Safety.MANUAL, context=Context.MODEL)
        return
    newline = ctx.module.unit.newline
    text = f"class {name}({layer}):{newline}{indent}    def call(self, "
    edits.append(replace(head, text))
    for call in found.calls:
        changed = _layer_call(call, name, ctx)
        if changed is None:
            yield Finding(head, f"{message} to be written.", Safety.MANUAL, context=Context.MODEL)
            return
        edits += changed
    yield Finding(
        head, message, Safety.REVIEW, fix(*edits, needs=needs), _CAUTION, context=Context.MODEL
    )


def _inner(node: ast.FunctionDef, ctx: RuleContext) -> list[Edit] | None:
    """The lines of the body one level deeper; None where that would change what they mean."""
    starts, code = ctx.module.unit.line_starts, ctx.module.unit.code
    description = node.body[0].value if isinstance(node.body[0], ast.Expr) else None
    for part in ast.walk(node):
        is_text = isinstance(part, ast.Constant | ast.JoinedStr) and part is not description
        if is_text and getattr(part, "end_lineno", 0) != getattr(part, "lineno", 0):
            return None
        if isinstance(part, ast.Name) and part.id == "self":
            return None  # that of a method around, which the layer's own would hide
    first, last = node.body[0].lineno, node.end_lineno or node.lineno
    if first == node.lineno or node.lineno != node.args.args[0].lineno:
        return None
    lines = range(node.lineno, last)  # counted from 0, so without the line of the `def`
    blank = re.compile(r"[ \t]*(\r?\n|$)")
    return [insert(starts[n], "    ") for n in lines if not blank.match(code, starts[n])]


def _layer_call(call: ast.Call, name: str, ctx: RuleContext) -> tuple[Edit, ...] | None:
    """`Lambda(sampling, output_shape=…, name="z")` → `Sampling(name="z")`."""
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return None
    for argument in editor.arguments:
        if argument.is_unpacked:
            return None
        if argument.value is _function(call) or argument.name in _DROPPED or (
            argument.name is None and argument.index == 1
        ):
            editor.drop(argument)
        elif argument.name not in _KEPT:
            return None
    editor.rename(name)
    return editor.build()
