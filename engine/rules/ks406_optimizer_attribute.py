"""KS406: lr attribute of an optimizer."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.model import Context, Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.learning_rate import rate_call
from kerashift.engine.rules.receivers import Sureness, is_optimizer

_CAUTION = "On JAX a learning rate that is set within an epoch takes effect after the epoch."

_SHOWS = (
    "JAX cannot read it in a metric, because the state of the optimizer is elsewhere in a step: "
    "print it in a callback there."
)
_ASKING = ("hasattr", "getattr", "setattr")


class OptimizerAttribute(Rule):
    code = "KS406"
    name = "optimizer-attribute"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if not (isinstance(node, ast.Attribute) and node.attr == "lr") or ctx.stays:
            return
        if is_optimizer(ctx, node.value) < Sureness.LIKELY:
            return
        parent = ctx.module.parent(node)
        if isinstance(parent, ast.Call) and rate_call(parent, ctx):
            return  # the call as a whole is reported
        if isinstance(parent, ast.Return) and _is_metric(parent, ctx):
            yield _as_metric(node, ctx)
            return
        end = ctx.span(node).end
        text = f"{ctx.text(node.value)}.learning_rate"
        message = f"`{ctx.text(node)}` is `{text}`"
        if isinstance(node.ctx, ast.Store):
            message += "; as it stands, the assignment changes nothing"
        yield _finding(
            ctx.span(node), message, fix(replace(Span(end - 2, end), "learning_rate")), node, ctx
        )

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        yield from _asked(node, ctx)
        function = rate_call(node, ctx)
        rate = node.args[0] if function else None
        if not isinstance(rate, ast.Attribute):
            return
        span, owner = ctx.span(node), ctx.span(rate.value)
        if function == "set_value":
            change = fix(replace(span, owner, ".learning_rate = ", ctx.span(node.args[1])))
            message = "`K.set_value` is gone: assign the learning rate"
            yield _finding(span, message, change, rate, ctx)
            return
        to_numpy, needs = ctx.spell("keras.ops.convert_to_numpy")
        before, after = f"{to_numpy}(", ".learning_rate)"
        if not _is_made_float(node, ctx):
            before, after = f"float({before}", f"{after})"
        change = fix(replace(span, before, owner, after), needs=needs)
        message = "`K.get_value` is gone: read the learning rate as a float"
        yield Finding(span, message, Safety.SAFE, change, context=ctx.context(node))

    examples = (
        Example(
            "set through the backend",
            "from tensorflow import keras\nfrom tensorflow.keras import backend as K\n"
            "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
            "model.compile('sgd', 'mse')\n"
            "K.set_value(model.optimizer.lr, 0.25)\n"
            "result = K.get_value(model.optimizer.lr)\n",
            "import keras\nfrom keras import ops\n"
            "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
            "model.compile('sgd', 'mse')\n"
            "model.optimizer.learning_rate = 0.25\n"
            "result = float(ops.convert_to_numpy(model.optimizer.learning_rate))\n",
            compare="result",
        ),
        Example(
            "assigned",
            "from tensorflow import keras\n"
            "optimizer = keras.optimizers.legacy.SGD(0.5)\n"
            "optimizer.lr = 0.25\n"
            "result = float(optimizer.lr)\n",
            "import keras\n"
            "optimizer = keras.optimizers.SGD(0.5)\n"
            "optimizer.learning_rate = 0.25\n"
            "result = float(optimizer.learning_rate)\n",
            compare="result",
        ),
        Example(
            "in a callback",
            "import keras\n\n\nclass Show(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n"
            "        print(float(self.model.optimizer.lr))\n",
            "import keras\n\n\nclass Show(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n"
            "        print(float(self.model.optimizer.learning_rate))\n",
        ),
        Example(
            "set for each batch",
            "import keras\n\n\nclass Warm(keras.callbacks.Callback):\n"
            "    def on_train_batch_begin(self, batch, logs=None):\n"
            "        self.model.optimizer.lr.assign(0.1 * batch)\n",
            "import keras\n\n\nclass Warm(keras.callbacks.Callback):\n"
            "    def on_train_batch_begin(self, batch, logs=None):\n"
            "        self.model.optimizer.learning_rate.assign(0.1 * batch)\n",
        ),
        Example(
            "asked for by name",
            "from tensorflow import keras\n"
            "optimizer = keras.optimizers.legacy.SGD(0.5)\n"
            "result = hasattr(optimizer, 'lr')\n",
            "import keras\n"
            "optimizer = keras.optimizers.SGD(0.5)\n"
            "result = hasattr(optimizer, 'learning_rate')\n",
            compare="result",
        ),
        Example(
            "a metric that shows it",
            "import keras\n\n\ndef rate_metric(optimizer):\n    def lr(y_true, y_pred):\n"
            "        return optimizer.lr\n\n    return lr\n\n\n"
            "metric = rate_metric(keras.optimizers.SGD())\n",
            "import keras\n\n\ndef rate_metric(optimizer):\n    def lr(y_true, y_pred):\n"
            "        return optimizer.learning_rate\n\n    return lr\n\n\n"
            "metric = rate_metric(keras.optimizers.SGD())\n",
        ),
        Example(
            "asked of something else",
            "import keras\nprint(hasattr(args, 'lr'), getattr(cfg, 'lr', 0.1))\n",
            None,
        ),
        Example("arguments of a program", "import keras\nprint(args.lr, opt.lr)\n", None),
        Example("settings", "import keras\nprint(cfg.optimizer.lr)\n", None),
        Example(
            "the new name",
            "import keras\nmodel = keras.Sequential()\nmodel.optimizer.learning_rate = 0.1\n",
            None,
        ),
        Example(
            "a class of the project",
            "import keras\n\n\nclass Plan:\n    lr = 0.1\n\n\nprint(Plan().lr)\n",
            None,
        ),
    )


def _is_metric(node: ast.Return, ctx: RuleContext) -> bool:
    """Whether a function of targets and predictions returns: a metric that shows the rate."""
    within = ctx.module.tree.functions
    around: ast.AST | None = node
    while around is not None and around not in within:
        around = ctx.module.parent(around)
    if not isinstance(around, ast.FunctionDef):
        return False
    return [a.arg for a in around.args.args] in (["y_true", "y_pred"], ["y", "y_pred"])


def _as_metric(node: ast.Attribute, ctx: RuleContext) -> Finding:
    root, end = root_name(node), ctx.span(node).end
    context = ctx.context(root) if root is not None else Context.MODEL
    made = fix(replace(Span(end - 2, end), "learning_rate"))
    message = f"`{ctx.text(node)}` is `{ctx.text(node.value)}.learning_rate`"
    return Finding(ctx.span(node), message, Safety.REVIEW, made, _SHOWS, context=context)


def _asked(node: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """`hasattr(optimizer, "lr")`, which is false in Keras 3, and `getattr`, `setattr`."""
    func = node.func
    if not (isinstance(func, ast.Name) and func.id in _ASKING) or len(node.args) < 2:
        return
    name = node.args[1]
    if not (isinstance(name, ast.Constant) and name.value == "lr"):
        return
    if is_optimizer(ctx, node.args[0]) < Sureness.LIKELY:
        return
    span = ctx.span(name)
    quote = ctx.text(name)[0]
    message = f'Optimizers of Keras 3 have no "lr": `{func.id}` is to ask for "learning_rate"'
    made = fix(replace(span, f"{quote}learning_rate{quote}"))
    yield Finding(span, message, Safety.SAFE, made, context=ctx.context(node))


def _is_made_float(node: ast.Call, ctx: RuleContext) -> bool:
    parent = ctx.module.parent(node)
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id == "float"
    )


def _finding(
    span: Span, message: str, change: Fix, rate: ast.Attribute, ctx: RuleContext
) -> Finding:
    """A finding for a place that may set the rate: to be reviewed within an epoch."""
    root: ast.AST = rate
    while isinstance(root, ast.Attribute):
        root = root.value
    function = ctx.module.tree.within.get(root)
    per_batch = _sets(rate, ctx) and function is not None and "batch" in function.name
    safety = Safety.REVIEW if per_batch else Safety.SAFE
    caution = _CAUTION if per_batch else ""
    return Finding(span, message, safety, change, caution=caution, context=ctx.context(root))


def _sets(rate: ast.Attribute, ctx: RuleContext) -> bool:
    parent = ctx.module.parent(rate)
    if isinstance(rate.ctx, ast.Store) or isinstance(parent, ast.Call):
        return True
    return isinstance(parent, ast.Attribute) and parent.attr.startswith("assign")
