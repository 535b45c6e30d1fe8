"""KS419: targets outside of 0 and 1 for binary cross-entropy, which PyTorch refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.compilecalls import compiled

_LOSSES = ("keras.losses.BinaryCrossentropy", "keras.losses.binary_crossentropy")
_NAMES = ("binary_crossentropy", "bce")
_RANDOM = ("tf.random.", "numpy.random.", "keras.random.", "keras.backend.random_", "random.")
_TARGETS = re.compile(r"label|valid|fake|real|target|true|noisy|misleading", re.IGNORECASE)
_HEAD = "import numpy as np\nimport keras\n\nlabels = np.ones((8, 1))\n"
_LOSS = "loss = keras.losses.BinaryCrossentropy({})\n"


class NoisyTargets(Rule):
    code = "KS419"
    name = "noisy-targets"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/losses/probabilistic_losses/"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or not isinstance(node, ast.AugAssign | ast.Assign):
            return
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        name = target.value if isinstance(target, ast.Subscript) else target
        if not isinstance(name, ast.Name) or not _TARGETS.search(name.id):
            return
        if not _leaves_range(node, name.id, ctx) or not _is_binary(ctx):
            return
        if _is_taken_care_of(name.id, ctx):
            return
        message = (
            f"`{name.id}` may leave the range from 0 to 1, where PyTorch refuses it for binary "
            "cross-entropy: take the noise off from ones and add it to zeros, or clip the targets."
        )
        yield Finding(ctx.span(node), message, Safety.MANUAL, context=Context.HOST)

    examples = (
        Example(
            "noise that is added to labels",
            _HEAD + "labels += 0.05 * np.random.random(labels.shape)\n" + _LOSS.format(""),
            _HEAD + "labels += 0.05 * np.random.random(labels.shape)\n" + _LOSS.format(""),
        ),
        Example(
            "labels that are drawn around one",
            "import numpy as np\nimport keras\n\nmodel = keras.Sequential()\n"
            "model.compile('adam', 'binary_crossentropy')\n"
            "real = np.random.uniform(0.7, 1.2, (8, 1))\n",
            "import numpy as np\nimport keras\n\nmodel = keras.Sequential()\n"
            "model.compile('adam', 'binary_crossentropy')\n"
            "real = np.random.uniform(0.7, 1.2, (8, 1))\n",
        ),
        Example(
            "targets for logits, which PyTorch takes",
            _HEAD
            + "labels += 0.05 * np.random.random(labels.shape)\n"
            + _LOSS.format("from_logits=True"),
            None,
        ),
        Example(
            "labels that stay in the range",
            _HEAD + "labels -= 0.05 * np.random.random(labels.shape)\n"
            "fake = np.random.uniform(0.0, 0.3, (8, 1))\n" + _LOSS.format(""),
            None,
        ),
        Example(
            "noise for another loss",
            _HEAD + "labels += 0.05 * np.random.random(labels.shape)\n"
            "loss = keras.losses.MeanSquaredError()\n",
            None,
        ),
    )


def _leaves_range(node: ast.AugAssign | ast.Assign, name: str, ctx: RuleContext) -> bool:
    """Whether noise is added to the name, or it is drawn from a range that goes beyond."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add) and _draws(node.value, ctx)
    value = node.value
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        sides = (value.left, value.right)
        own = any(isinstance(side, ast.Name) and side.id == name for side in sides)
        return own and any(_draws(side, ctx) for side in sides)
    return isinstance(value, ast.Call) and _draws(value, ctx) and _goes_beyond(value)


def _draws(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether the expression has a random call in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            symbol = ctx.module.symbol(part.func, ctx.module.tree.scopes.get(part))
            if symbol is not None and symbol.name.startswith(_RANDOM):
                return True
    return False


def _goes_beyond(call: ast.Call) -> bool:
    """Whether `uniform(low, high)` has a bound outside of 0 and 1."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "uniform":
        return False
    named = {"low", "high", "minval", "maxval"}
    given = [*call.args[:2], *(k.value for k in call.keywords if k.arg in named)]
    numbers = [a.value for a in given if isinstance(a, ast.Constant)]
    return any(isinstance(n, int | float) and n > 1 for n in numbers) and len(numbers) > 1


def _is_binary(ctx: RuleContext) -> bool:
    """Whether the module computes binary cross-entropy of probabilities."""
    for ref in ctx.module.references:
        if ref.symbol.name in _LOSSES and (ref.call is None or not _of_logits(ref.call)):
            return True
    return any(
        isinstance(part, ast.Constant) and part.value in _NAMES
        for call in ctx.module.tree.calls
        for part in ast.walk(compiled(call, ctx).get("loss", ast.Constant(None)))
    )


def _of_logits(call: ast.Call) -> bool:
    given = [k.value for k in call.keywords if k.arg == "from_logits"] or call.args[:1]
    return bool(given) and isinstance(given[0], ast.Constant) and given[0].value is True


def _is_taken_care_of(name: str, ctx: RuleContext) -> bool:
    """Whether the targets go to the helper that a rewritten step takes such losses with."""
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id == "noisy_loss"
        and any(isinstance(given, ast.Name) and given.id == name for given in call.args)
        for call in ctx.module.tree.calls
    )
