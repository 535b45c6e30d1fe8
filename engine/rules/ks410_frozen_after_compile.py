"""KS410: trainable that is set after compile and before the training that it should not touch."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kerashift.engine.analysis.kinds import owner_class
from kerashift.engine.model import Edit, Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert
from kerashift.engine.rules.expressions import is_self, root_name
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.receivers import Sureness, is_model

_TRAINS = ("train_on_batch", "fit", "fit_generator")
_NORM = (
    "Layers such as BatchNormalization then train in it too, which they did not while it was "
    "frozen."
)
_AGAIN = (
    "Keras 2 took `trainable` as it was at `compile()`. Keras 3 takes it as it is: the training "
    "that follows is another one, or fails on JAX and PyTorch. Compile the model again after this."
)
_MODELS = (
    "import numpy as np\n{}\n\n"
    "def dense(n):\n    return keras.layers.Dense(n, kernel_initializer='ones')\n\n\n"
    "d = keras.Sequential([keras.Input((2,)), dense(1)])\nd.compile('sgd', 'mse')\n"
    "d.trainable = False\nx = keras.Input((2,))\ngan = keras.Model(x, d(dense(2)(x)))\n"
    "gan.compile('sgd', 'mse')\ndata = np.ones((2, 2)), np.ones((2, 1))\n"
    "for _ in range(2):\n{}    gan.train_on_batch(*data)\nresult = d.get_weights()\n"
)
_TRAIN = "    d.train_on_batch(*data)\n    d.train_on_batch(*data)\n"


@dataclass
class _Story:
    """What is done to one model, in the order of the text."""

    compiles: list[ast.Call] = field(default_factory=list)
    trains: list[ast.Call] = field(default_factory=list)
    sets: list[ast.Assign] = field(default_factory=list)
    of_layers: list[ast.Assign] = field(default_factory=list)


class FrozenAfterCompile(Rule):
    code = "KS410"
    name = "frozen-after-compile"
    reference_url = "https://keras.io/guides/transfer_learning/"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or not ctx.uses_keras:
            return
        for name, story in _stories(ctx).items():
            frozen = _frozen(story, ctx)
            if frozen is not None:
                yield from _toggled(name[1], frozen, story, ctx)
            else:
                yield from _late(story, ctx)

    examples = (
        Example(
            "a discriminator that is frozen for the other model",
            _MODELS.format("from tensorflow import keras", _TRAIN),
            _MODELS.format(
                "import keras", "    d.trainable = True\n" + _TRAIN + "    d.trainable = False\n"
            ),
            compare="result",
        ),
        Example(
            "in a class",
            "import keras\n\n\nclass Gan:\n    def __init__(self):\n"
            "        self.d = keras.Sequential([keras.layers.Dense(1)])\n"
            "        self.d.compile('sgd', 'mse')\n        self.d.trainable = False\n\n"
            "    def train(self, x, y):\n        loss = self.d.train_on_batch(x, y)\n"
            "        print(loss)\n",
            "import keras\n\n\nclass Gan:\n    def __init__(self):\n"
            "        self.d = keras.Sequential([keras.layers.Dense(1)])\n"
            "        self.d.compile('sgd', 'mse')\n        self.d.trainable = False\n\n"
            "    def train(self, x, y):\n        self.d.trainable = True\n"
            "        loss = self.d.train_on_batch(x, y)\n        self.d.trainable = False\n"
            "        print(loss)\n",
        ),
        Example(
            "a training whose end is not seen",
            "import keras\n\nd = keras.Sequential([keras.layers.Dense(1)])\n"
            "d.compile('sgd', 'mse')\nd.trainable = False\n\n\n"
            "def step(x, y):\n    return d.train_on_batch(x, y)\n",
            "import keras\n\nd = keras.Sequential([keras.layers.Dense(1)])\n"
            "d.compile('sgd', 'mse')\nd.trainable = False\n\n\n"
            "def step(x, y):\n    return d.train_on_batch(x, y)\n",
        ),
        Example(
            "layers that are thawed without compiling again",
            "import keras\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
            "model.compile('sgd', 'mse')\nmodel.fit(x, y)\n"
            "for layer in model.layers[1:]:\n    layer.trainable = True\nmodel.fit(x, y)\n",
            "import keras\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
            "model.compile('sgd', 'mse')\nmodel.fit(x, y)\n"
            "for layer in model.layers[1:]:\n    layer.trainable = True\nmodel.fit(x, y)\n",
        ),
        Example(
            "compiled again",
            "import keras\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
            "model.compile('sgd', 'mse')\nmodel.fit(x, y)\nmodel.trainable = True\n"
            "model.compile('sgd', 'mse')\nmodel.fit(x, y)\n",
            None,
        ),
        Example(
            "switched already",
            "import keras\n\nd = keras.Sequential([keras.layers.Dense(1)])\n"
            "d.compile('sgd', 'mse')\nd.trainable = False\nd.trainable = True\n"
            "d.train_on_batch(x, y)\n",
            None,
        ),
        Example(
            "frozen before it is compiled",
            "import keras\n\nbase = keras.Sequential([keras.layers.Dense(1)])\n"
            "base.trainable = False\nbase.compile('sgd', 'mse')\nbase.fit(x, y)\n",
            None,
        ),
        Example(
            "frozen and only used",
            "import keras\n\nd = keras.Sequential([keras.layers.Dense(1)])\n"
            "d.compile('sgd', 'mse')\nd.trainable = False\nd.predict(x)\n",
            None,
        ),
    )


def _stories(ctx: RuleContext) -> dict[tuple[object, str], _Story]:
    """By the place that a model's name belongs to (scope or class) and its text."""
    stories: dict[tuple[object, str], _Story] = defaultdict(_Story)
    for call in ctx.module.tree.calls:
        if not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr != "compile" and call.func.attr not in _TRAINS:
            continue
        key = _key(call.func.value, ctx)
        if key is not None and is_model(ctx, call.func.value) >= Sureness.LIKELY:
            compiles = call.func.attr == "compile"
            (stories[key].compiles if compiles else stories[key].trains).append(call)
    for node in ctx.module.tree.others:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if not (isinstance(target, ast.Attribute) and target.attr == "trainable"):
            continue
        key = _key(target.value, ctx)
        if key in stories:
            stories[key].sets.append(node)
        owner = _owner_of_layer(target.value, ctx)
        key = _key(owner, ctx) if owner is not None else None
        if key in stories:
            stories[key].of_layers.append(node)
    return {key: story for key, story in stories.items() if story.compiles and story.trains}


def _key(node: ast.expr, ctx: RuleContext) -> tuple[object, str] | None:
    if isinstance(node, ast.Name):
        scope = ctx.module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        return (found[0], node.id) if found is not None else None
    if isinstance(node, ast.Attribute) and is_self(node.value):
        owner = owner_class(ctx.module, node.value)
        return (owner, ctx.text(node)) if owner is not None else None
    return None


def _owner_of_layer(node: ast.expr, ctx: RuleContext) -> ast.expr | None:
    """`model` of `model.layers[3]`, and of a name that loops over `model.layers`."""
    if isinstance(node, ast.Subscript):
        node = node.value
        if isinstance(node, ast.Attribute) and node.attr == "layers":
            return node.value
        return None
    if not isinstance(node, ast.Name):
        return None
    parent: ast.AST | None = node
    while parent is not None and not isinstance(parent, ast.For):
        parent = ctx.module.parent(parent)
    if parent is None or not isinstance(parent.target, ast.Name) or parent.target.id != node.id:
        return None
    walked = parent.iter
    while isinstance(walked, ast.Subscript):
        walked = walked.value
    is_list = isinstance(walked, ast.Attribute) and walked.attr == "layers"
    return walked.value if is_list and isinstance(walked, ast.Attribute) else None


def _function(node: ast.expr, ctx: RuleContext) -> object:
    root = root_name(node)
    return ctx.module.tree.within.get(root) if root is not None else None


def _frozen(story: _Story, ctx: RuleContext) -> ast.Assign | None:
    """The statement that freezes a model which was compiled before, and is trained later."""
    if len(story.sets) != 1 or len(story.compiles) != 1:
        return None
    frozen = story.sets[0]
    if not (isinstance(frozen.value, ast.Constant) and frozen.value.value is False):
        return None
    compiled = story.compiles[0]
    target = frozen.targets[0]
    assert isinstance(target, ast.Attribute)
    assert isinstance(compiled.func, ast.Attribute)
    here = _function(target.value, ctx)
    if _function(compiled.func.value, ctx) is not here or compiled.lineno > frozen.lineno:
        return None
    return frozen


def _toggled(name: str, frozen: ast.Assign, story: _Story, ctx: RuleContext) -> Iterator[Finding]:
    target = frozen.targets[0]
    assert isinstance(target, ast.Attribute)
    here = _function(target.value, ctx)
    later = [
        call
        for call in story.trains
        if call.lineno > frozen.lineno
        or (isinstance(call.func, ast.Attribute) and _function(call.func.value, ctx) is not here)
    ]
    if not later:
        return
    message = (
        f"Keras 2 trained `{name}` all the same, since it was compiled before. In Keras 3 it is "
        "frozen: nothing trains, without an error"
    )
    edits = _switches(name, later, ctx)
    span = ctx.span(frozen)
    if not edits:
        text = f"{message}. Set `trainable` to True before it trains, and to False after that."
        yield Finding(span, text, Safety.MANUAL)
        return
    change: Fix = fix(*edits)
    yield Finding(span, f"{message}: switched around its training", Safety.REVIEW, change, _NORM)


def _switches(name: str, calls: list[ast.Call], ctx: RuleContext) -> list[Edit]:
    """Lines around the statements that train, empty where one cannot have them.

    Statements that follow each other share them.
    """
    statements = [ctx.module.statement(call) for call in calls]
    runs: list[list[ast.stmt]] = []
    for statement in statements:
        if isinstance(statement, ast.Return) or indentation(ctx, statement) is None:
            return []
        if runs and _follows(runs[-1][-1], statement, ctx):
            runs[-1].append(statement)
        elif not runs or statement is not runs[-1][-1]:
            runs.append([statement])
    edits = []
    newline = ctx.module.unit.newline
    for run in runs:
        indent = indentation(ctx, run[0])
        end = _line_end(run[-1], ctx)
        edits.append(insert(ctx.span(run[0]).start, f"{name}.trainable = True{newline}{indent}"))
        edits.append(insert(end, f"{newline}{indent}{name}.trainable = False"))
    return edits


def _follows(before: ast.stmt, statement: ast.stmt, ctx: RuleContext) -> bool:
    parent = ctx.module.parent(before)
    if parent is not ctx.module.parent(statement):
        return False
    for _, block in ast.iter_fields(parent) if parent is not None else ():
        if isinstance(block, list) and before in block and statement in block:
            return block.index(statement) - block.index(before) == 1
    return False


def _line_end(statement: ast.stmt, ctx: RuleContext) -> int:
    """Where the line ends that a statement ends on."""
    text, end = ctx.module.unit.code, ctx.span(statement).end
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    return stop - text[:stop].endswith("\r")


def _late(story: _Story, ctx: RuleContext) -> Iterator[Finding]:
    """`trainable` set between two trainings, without compiling again."""
    for node in (*story.sets, *story.of_layers):
        target = node.targets[0]
        assert isinstance(target, ast.Attribute)
        here = _function(target.value, ctx)
        same = [c for c in story.trains if _in(c, here, ctx)]
        compiled = [c.lineno for c in story.compiles if _in(c, here, ctx)]
        before = max((c.lineno for c in same if c.lineno < node.lineno), default=0)
        after = min((c.lineno for c in same if c.lineno > node.lineno), default=0)
        again = any(before < line < after for line in compiled)
        if before and after and not again and not _is_switched(story):
            yield Finding(ctx.span(node), _AGAIN, Safety.MANUAL)


def _is_switched(story: _Story) -> bool:
    """Whether the model is thawed and frozen in turns, which works in Keras 3 too."""
    values = {n.value.value for n in story.sets if isinstance(n.value, ast.Constant)}
    return values == {True, False}


def _in(call: ast.Call, function: object, ctx: RuleContext) -> bool:
    return isinstance(call.func, ast.Attribute) and _function(call.func.value, ctx) is function
