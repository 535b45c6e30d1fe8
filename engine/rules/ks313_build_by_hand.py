"""KS313: `model.build(shape)` of a subclassed model, which makes no weights in Keras 3."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, replace
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import inherits_method, lineage, method
from kerashift.engine.rules.receivers import bindings_of

_CAUTION = "The model must take one tensor of floating-point numbers as its only argument."
_OLD = "from tensorflow import keras\n\n\n"
_NEW = "import keras\n\n\n"
_MODEL = (
    "class M(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
    "        self.d = keras.layers.Dense(2)\n\n    def call(self, x):\n"
    "        return self.d(x)\n\n\nmodel = M()\n"
)


class BuildByHand(Rule):
    code = "KS313"
    name = "build-by-hand"
    reference_url = "https://keras.io/guides/making_new_layers_and_models_via_subclassing/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.stays or not (isinstance(func, ast.Attribute) and func.attr == "build"):
            return
        owner = _class_of(func.value, ctx)
        if owner is None or not isinstance(owner.node, ast.ClassDef):
            return
        made = [str(getattr(found, "name", "")) for found in lineage(owner.module, owner.node)]
        if inherits_method(owner.module, owner.node, "build") or any("Seq" in n for n in made):
            return
        message = (
            "Keras 3 makes no weights in `build` of a model whose class does not define it: the "
            "model is called once on an input instead"
        )
        try:
            editor = CallEditor(ctx.module, node)
        except CallError:
            return
        bound = editor.bind(("input_shape",))
        shape = bound.by_name.get("input_shape")
        call = method(owner.node, "call")
        simple = call is not None and _takes_one(call)
        is_tuple = shape is not None and isinstance(shape.value, ast.Tuple | ast.Name)
        if shape is None or not bound.is_certain or not simple or not is_tuple:
            text = f"{message.partition(':')[0]}: call the model once on data or on `keras.Input`s."
            yield Finding(ctx.span(node), text, Safety.MANUAL)
            return
        text, needs = ctx.spell("keras.Input")
        edit = replace(
            ctx.span(node), ctx.span(func.value), f"({text}(batch_shape=", shape.value_extent, "))"
        )
        yield Finding(ctx.span(node), message, Safety.REVIEW, Fix((edit,), needs), _CAUTION)

    examples = (
        Example(
            "a model that is built for its summary",
            _OLD + _MODEL + "model.build((None, 3))\nresult = model.count_params()\n",
            _NEW + _MODEL + "model(keras.Input(batch_shape=(None, 3)))\n"
            "result = model.count_params()\n",
            compare="result",
        ),
        Example(
            "by keyword",
            _OLD + _MODEL + "model.build(input_shape=(4, 3))\nresult = len(model.get_weights())\n",
            _NEW + _MODEL + "model(keras.Input(batch_shape=(4, 3)))\n"
            "result = len(model.get_weights())\n",
            compare="result",
        ),
        Example(
            "several inputs",
            _NEW + _MODEL + "model.build([(None, 3), (None, 3)])\n",
            _NEW + _MODEL + "model.build([(None, 3), (None, 3)])\n",
        ),
        Example(
            "a stack of layers",
            "import keras\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
            "model.build((None, 3))\n",
            None,
        ),
        Example(
            "a model that says how it is built",
            _NEW + "class M(keras.Model):\n    def build(self, shape):\n"
            "        self.built = True\n\n\nmodel = M()\nmodel.build((None, 3))\n",
            None,
        ),
        Example(
            "something else that is built",
            "import keras\n\n\ndef go(builder):\n    builder.build((None, 3))\n",
            None,
        ),
    )


def _class_of(node: ast.expr, ctx: RuleContext) -> Definition | None:
    """The project's model class that made what a name holds."""
    if not isinstance(node, ast.Name) or ctx.kind(node) is not Kind.MODEL:
        return None
    found = bindings_of(node.id, ctx.module.tree.scopes.get(node))
    if len(found) != 1 or not isinstance(found[0].value, ast.Call):
        return None
    call = found[0].value
    made = ctx.module.resolve(call.func, ctx.module.tree.scopes.get(call))
    is_class = isinstance(made, Definition) and isinstance(made.node, ast.ClassDef)
    return made if is_class and isinstance(made, Definition) else None


def _takes_one(call: ast.FunctionDef) -> bool:
    """Whether `call` needs one argument: what follows it has a default."""
    given = call.args.args[1:]
    needed = len(given) - len(call.args.defaults)
    return needed == 1 and not call.args.vararg
