"""KS309: attributes of users' classes that Keras 3 keeps for itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Context, Edit, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.members import lineage
from kerashift.engine.rules.receivers import Sureness
from kerashift.engine.rules.selfnames import (
    defines,
    free_name,
    is_read_elsewhere,
    relatives,
    renamed,
    stores,
)
from kerashift.engine.tables import reserved
from kerashift.engine.tables.moves import new_path

_ELSEWHERE = "Code outside of the class that reads `{}` must use the new name."
_BATCHES = (
    "Keras 3 reads `{}` as a property: give the method another name, and the number in `__len__`."
)
_MODES = (
    "On PyTorch, `fit`, `evaluate` and `predict` call the model's own `{}()`, which sets its mode: "
    "give this method another name."
)
_LOST = "the weights of layers in a list of this name are not saved with a layer"
_HEAD = "from tensorflow import keras\n\n"
_NEW = "import keras\n\n"
_LAYER = (
    "class L(keras.layers.Layer):\n    def __init__(self, path):\n        super().__init__()\n"
    "        self.{0} = path\n\n    def call(self, x):\n        return x * len(self.{0})\n\n\n"
    "result = L('abc')(np.ones((1, 2)))\n"
)
_DATA = (
    "import numpy as np\n{}"
    "class Batches(keras.utils.Sequence):\n    def __init__(self, n):\n"
    "        super().__init__()\n        self.{} = n\n\n    def __len__(self):\n"
    "        return self.{}\n\n    def __getitem__(self, i):\n"
    "        return np.ones((1, 2)), np.ones((1, 1))\n\n\nresult = len(Batches(3))\n"
)
_CALLBACK = (
    "class Show(keras.callbacks.Callback):\n    def __init__(self, model):\n"
    "        super().__init__()\n        {}\n\n"
    "model = keras.Sequential(name='m')\nresult = Show(model).model.name\n"
)


class ReservedAttribute(Rule):
    code = "KS309"
    name = "reserved-attribute"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        kind = None if ctx.stays else ctx.class_kind(node)
        if kind is None:
            return
        ancestors = {
            new_path(found.name) or found.name
            for found in lineage(ctx.module, node)
            if isinstance(found, Symbol)
        }
        for name, row in reserved.read_only(kind, ancestors).items():
            if kind is Kind.CALLBACK:
                yield from _callback(node, row, ctx)
            elif stores(node, name) and not defines(ctx.module, node, name):
                message = f"Keras 3 has a property `{name}` here that cannot be set"
                yield _renaming(node, name, message, row, ctx)
        for name, row in reserved.private(kind).items():
            if stores(node, name) and not defines(ctx.module, node, name):
                message = f"Keras 3 keeps things of its own in `{name}`"
                yield _renaming(node, name, message, row, ctx)
        for name, row in reserved.weights(ancestors).items():
            if stores(node, name) and not defines(ctx.module, node, name):
                yield _weight(node, name, row, ctx)
        if kind is Kind.SEQUENCE:
            yield from _hidden(node, ("num_batches",), _BATCHES, Target.KERAS3, ctx)
        if kind is Kind.MODEL:
            yield from _hidden(node, ("train", "eval"), _MODES, Target.MULTI_BACKEND, ctx)

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)) or ctx.stays:
            return
        if node.attr not in ("kernel", "embeddings") or isinstance(node.value, ast.Call):
            return
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return
        if _is_wrapped(node.value, ctx) < Sureness.YES:
            return
        message = (
            f"`{node.attr}` is a property without a setter in Keras 3: `assign` new values to it, "
            "or compute with a kernel of your own. For spectral normalization there is "
            "`keras.layers.SpectralNormalization`."
        )
        yield Finding(ctx.span(node), message, Safety.MANUAL, context=Context.MODEL)

    examples = (
        Example(
            "a path that a layer keeps",
            "import numpy as np\n" + _HEAD + _LAYER.format("path"),
            "import numpy as np\n" + _NEW + _LAYER.format("path_"),
            compare="result",
        ),
        Example(
            "a number of batches",
            _DATA.format(_HEAD, "num_batches", "num_batches"),
            _DATA.format(_NEW, "num_batches_", "num_batches_"),
            compare="result",
        ),
        Example(
            "the model of a callback",
            _HEAD + _CALLBACK.format("self.model = model"),
            _NEW + _CALLBACK.format("super().set_model(model)"),
            compare="result",
        ),
        Example(
            "the kernel of a dense layer of one's own",
            _HEAD + "class D(keras.layers.Dense):\n    def build(self, shape):\n"
            "        self.kernel = self.add_weight(shape=(shape[-1], self.units))\n"
            "        self.bias = None\n        self.built = True\n",
            _NEW + "class D(keras.layers.Dense):\n    def build(self, shape):\n"
            "        self._kernel = self.add_weight(shape=(shape[-1], self.units))\n"
            "        self.bias = None\n        self.built = True\n",
        ),
        Example(
            "layers in a list of that name",
            _HEAD + "class B(keras.layers.Layer):\n    def __init__(self, n):\n"
            "        super().__init__()\n"
            "        self._layers = [keras.layers.Dense(2) for _ in range(n)]\n\n"
            "    def call(self, x):\n        for layer in self._layers:\n"
            "            x = layer(x)\n        return x\n\n\n"
            "b = B(2)\nb.build((None, 2))\nb(keras.Input((2,)))\nresult = len(b.weights)\n",
            _NEW + "class B(keras.layers.Layer):\n    def __init__(self, n):\n"
            "        super().__init__()\n"
            "        self._layers_ = [keras.layers.Dense(2) for _ in range(n)]\n\n"
            "    def call(self, x):\n        for layer in self._layers_:\n"
            "            x = layer(x)\n        return x\n\n\n"
            "b = B(2)\nb.build((None, 2))\nb(keras.Input((2,)))\nresult = len(b.weights)\n",
        ),
        Example(
            "the kernel of the layer that is wrapped",
            "import keras\n\n\nclass Spectral(keras.layers.Wrapper):\n    def call(self, x):\n"
            "        self.layer.kernel = self.w / 2.0\n        return self.layer(x)\n",
            "import keras\n\n\nclass Spectral(keras.layers.Wrapper):\n    def call(self, x):\n"
            "        self.layer.kernel = self.w / 2.0\n        return self.layer(x)\n",
        ),
        Example(
            "a training loop of one's own",
            "import keras\n\n\nclass Gan(keras.Model):\n    def train(self, data, epochs):\n"
            "        return self.fit(data, epochs=epochs)\n",
            "import keras\n\n\nclass Gan(keras.Model):\n    def train(self, data, epochs):\n"
            "        return self.fit(data, epochs=epochs)\n",
        ),
        Example(
            "a path of a plain class",
            "import keras\n\n\nclass Store:\n    def __init__(self, path):\n"
            "        self.path = path\n",
            None,
        ),
        Example(
            "a property of one's own",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    path = None\n\n"
            "    def call(self, x):\n        self.path = 'a'\n        return x\n",
            None,
        ),
        Example(
            "a kernel of a layer from scratch",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    def build(self, shape):\n"
            "        self.kernel = self.add_weight(shape=(2,))\n",
            None,
        ),
        Example(
            "batches of a generator class",
            "import keras\n\n\nclass Batches:\n    def __init__(self):\n"
            "        self.num_batches = 3\n\n\nprint(keras.Sequential())\n",
            None,
        ),
    )


def _renaming(owner: ast.ClassDef, name: str, message: str, row: str, ctx: RuleContext) -> Finding:
    family = relatives(ctx.module, owner)
    new = free_name(family, name)
    edits = renamed(ctx, family, name, new)
    outside = is_read_elsewhere(ctx, family, name)
    if name == "_layers":
        message = f"{message}: {_LOST}"
    return Finding(
        ctx.span(stores(owner, name)[0]),
        f"{message}. `{new}` is free",
        Safety.REVIEW if outside else Safety.SAFE,
        fix(*edits),
        _ELSEWHERE.format(name) if outside else "",
        context=Context.MODEL,
        row=row,
    )


def _weight(owner: ast.ClassDef, name: str, row: str, ctx: RuleContext) -> Finding:
    places = stores(owner, name)
    edits: list[Edit] = [replace(ctx.span(node), f"self._{name}") for node in places]
    message = f"`{name}` is a property without a setter in Keras 3: it shows `self._{name}`"
    caution = f"`{name}` can be read only once the layer is built."
    span, change = ctx.span(places[0]), fix(*edits)
    return Finding(span, message, Safety.REVIEW, change, caution, context=Context.MODEL, row=row)


def _callback(owner: ast.ClassDef, row: str, ctx: RuleContext) -> Iterator[Finding]:
    if defines(ctx.module, owner, "model"):
        return
    for node in stores(owner, "model"):
        parent = ctx.module.parent(node)
        span = ctx.span(node)
        message = "A callback's `model` cannot be set in Keras 3"
        if (
            isinstance(parent, ast.Assign)
            and len(parent.targets) == 1
            and parent.targets[0] is node
            and _is_method(ctx, parent, owner)
        ):
            value = ctx.span(parent.value)
            whole = ctx.span(parent)
            edit = replace(whole, "super().set_model(", value, ")")
            text = f"{message}: `set_model` does it"
            yield Finding(span, text, Safety.SAFE, fix(edit), row=row)
        else:
            text = f"{message}: call `self.set_model(model)`."
            yield Finding(span, text, Safety.MANUAL, row=row)


def _is_method(ctx: RuleContext, statement: ast.stmt, owner: ast.ClassDef) -> bool:
    """Whether a statement stands in a method itself, where `super()` needs no arguments."""
    node: ast.AST | None = statement
    while node is not None and not isinstance(node, ast.FunctionDef | ast.Lambda):
        node = ctx.module.parent(node)
    return node is not None and ctx.module.parent(node) is owner


def _hidden(
    owner: ast.ClassDef, names: tuple[str, ...], message: str, target: Target, ctx: RuleContext
) -> Iterator[Finding]:
    """Methods that hide what Keras 3 reads or calls under that name."""
    for item in owner.body:
        if isinstance(item, ast.FunctionDef) and item.name in names and not item.decorator_list:
            at = ctx.module.unit.code.index(item.name, ctx.span(item).start + len("def"))
            span = Span(at, at + len(item.name))
            yield Finding(span, message.format(item.name), Safety.MANUAL, target=target)


def _is_wrapped(node: ast.expr, ctx: RuleContext) -> Sureness:
    """Whether an expression is a Keras layer for sure: made here, or wrapped by a `Wrapper`."""
    if ctx.kind(node) is Kind.LAYER:
        return Sureness.YES
    if isinstance(node, ast.Attribute) and node.attr == "layer":
        return Sureness.YES if ctx.kind(node.value) is Kind.LAYER else Sureness.UNKNOWN
    return Sureness.UNKNOWN
