"""KS409: what callbacks monitor without saying which way is better, and keys of logs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache

from kerashift.engine.analysis.callables import leaves
from kerashift.engine.analysis.keras2 import is_keras2, means_keras2
from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.compilecalls import compiled
from kerashift.engine.rules.members import enclosing_method
from kerashift.engine.rules.projecttexts import stored_keys, texts
from kerashift.engine.tables import api

_MONITORS = {
    "keras.callbacks.EarlyStopping": ("monitor",),
    "keras.callbacks.ReduceLROnPlateau": ("monitor",),
    "keras.callbacks.ModelCheckpoint": ("filepath", "monitor"),
}
_DIVERGENCE = "kullback_leibler_divergence"
_HEAD = "import keras\n\n"
_MODEL = "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile('sgd', 'mse', [{0}])\n"


class MonitoredName(Rule):
    code = "KS409"
    name = "monitored-name"
    reference_url = "https://keras.io/api/callbacks/early_stopping/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.call is None or ctx.stays or ref.symbol.origin is Origin.LEGACY:
            return
        if ref.symbol.name in _MONITORS:
            yield from _monitor(ref, ref.call, ctx)
        elif ref.symbol.name == "keras.metrics.KLDivergence" and is_keras2(ctx.module):
            yield from _divergence(ref.call, ctx)

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not ctx.stays:
            yield from _rate(node.value, node.slice, ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "get" and node.args and not ctx.stays:
            yield from _rate(func.value, node.args[0], ctx)

    examples = (
        Example(
            "a metric of one's own",
            _HEAD + "stop = keras.callbacks.EarlyStopping('val_dice', patience=3)\n",
            _HEAD + "stop = keras.callbacks.EarlyStopping('val_dice', patience=3, mode=\"min\")\n",
        ),
        Example(
            "an accuracy of one's own",
            _HEAD + "keep = keras.callbacks.ModelCheckpoint('a.keras', monitor='val_my_acc', "
            "save_best_only=True)\n",
            _HEAD + "keep = keras.callbacks.ModelCheckpoint('a.keras', monitor='val_my_acc', "
            'save_best_only=True, mode="max")\n',
        ),
        Example(
            "a precision, of which Keras 2 took the lowest",
            "from tensorflow import keras\n\n"
            "keras.callbacks.ReduceLROnPlateau(monitor='val_precision', mode='auto')\n",
            "import keras\n\n"
            "keras.callbacks.ReduceLROnPlateau(monitor='val_precision', mode=\"max\")\n",
        ),
        Example(
            "an accuracy under its old name",
            _HEAD + _MODEL.format("'accuracy'") + "keras.callbacks.EarlyStopping('val_acc')\n",
            _HEAD
            + _MODEL.format("'accuracy'").replace("'mse', [", "'mse', metrics=[")
            + "keras.callbacks.EarlyStopping('val_accuracy')\n",
        ),
        Example(
            "the learning rate in the logs",
            _HEAD + "class Show(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n        print(logs['lr'])\n\n"
            "model = keras.Sequential()\nprint(model.fit(x).history['lr'])\n",
            _HEAD + "class Show(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n"
            "        print(logs['learning_rate'])\n\n"
            "model = keras.Sequential()\nprint(model.fit(x).history['learning_rate'])\n",
        ),
        Example(
            "a divergence that is monitored",
            "from tensorflow import keras\n\nmetric = keras.metrics.KLDivergence()\n"
            "stop = keras.callbacks.EarlyStopping('kullback_leibler_divergence', mode='min')\n"
            "result = metric.name\n",
            "import keras\n\n"
            'metric = keras.metrics.KLDivergence(name="kullback_leibler_divergence")\n'
            "stop = keras.callbacks.EarlyStopping('kullback_leibler_divergence', mode='min')\n"
            "result = metric.name\n",
            compare="result",
        ),
        Example(
            "metrics of Keras",
            _HEAD + "keras.callbacks.EarlyStopping('val_loss')\n"
            "keras.callbacks.EarlyStopping('val_accuracy')\n"
            "keras.callbacks.EarlyStopping(monitor='val_auc_1')\n",
            None,
        ),
        Example(
            "a mode that is given",
            _HEAD + "keras.callbacks.EarlyStopping('val_dice', mode='max')\n",
            None,
        ),
        Example(
            "a metric of Keras under another name",
            _HEAD + "metric = keras.metrics.Recall(name='sensitivity')\n"
            "keras.callbacks.EarlyStopping('val_sensitivity')\n",
            None,
        ),
        Example(
            "a checkpoint of every epoch",
            _HEAD + "keras.callbacks.ModelCheckpoint('a.keras')\n",
            None,
        ),
        Example(
            "a learning rate that the project logs itself",
            _HEAD + "class Log(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n        logs['lr'] = 1.0\n"
            "        print(logs['lr'])\n",
            None,
        ),
    )


@cache
def _names(way: str) -> frozenset[str]:
    """Metrics of Keras 3 that know which way is better for them."""
    return frozenset(str(api.load("directions.toml")[way]).split())


def _monitor(ref: Reference, call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    path = ref.symbol.name
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return
    bound = editor.bind(_MONITORS[path])
    argument = bound.by_name.get("monitor")
    if argument is None or bound.unpacked or not isinstance(argument.value, ast.Constant):
        return
    given = {a.name: a for a in bound.unknown}
    mode = given.get("mode")
    if mode is not None and not _is(mode.value, "auto"):
        return
    monitor = str(argument.value.value)
    name = re.sub(r"_\d+$", "", monitor.removeprefix("val_"))
    if name == "acc" and _compiles_accuracy(ctx):
        yield _accuracy(argument, monitor, ctx)
        return
    if bound.too_many or name in _names("lower") or _is_named(name, ctx):
        return
    kept = "max" if _was_highest(path, monitor) else "min"
    if name in _names("higher"):
        if kept == "max" or not means_keras2(ref.symbol, ctx.module):
            return
        message = f"Keras 2 took the lowest `{monitor}` for the best, Keras 3 takes the highest"
        yield _with_mode(editor, mode, "max", message, "Results differ from those before.", ctx)
        return
    message = f"Keras 3 cannot know whether a high or a low `{monitor}` is better"
    which = "highest" if kept == "max" else "lowest"
    caution = f"Keras 2 took the {which} value for the best: check that it is meant so."
    yield _with_mode(editor, mode, kept, message, caution, ctx)


def _with_mode(
    editor: CallEditor,
    mode: Argument | None,
    value: str,
    message: str,
    caution: str,
    ctx: RuleContext,
) -> Finding:
    if mode is None:
        editor.add(f'mode="{value}"')
    else:
        editor.set_value(mode, f'"{value}"')
    span = ctx.span(editor.call.func)
    text = f'{message}: `mode="{value}"`'
    return Finding(span, text, Safety.REVIEW, Fix(editor.build()), caution)


def _was_highest(path: str, monitor: str) -> bool:
    """Which way Keras 2 took for the better one with `mode="auto"`."""
    if path.endswith("EarlyStopping"):
        return monitor.endswith(("acc", "accuracy", "auc"))
    is_f = path.endswith("ModelCheckpoint") and monitor.startswith("fmeasure")
    return "acc" in monitor or is_f


def _accuracy(argument: Argument, monitor: str, ctx: RuleContext) -> Finding:
    new = monitor.replace("acc", "accuracy")
    span = ctx.span(argument.value)
    quote = ctx.text(argument.value)[:1]
    edit = replace(span, f"{quote}{new}{quote}")
    message = f"The models are compiled with `accuracy`, so nothing is called `{monitor}`"
    caution = "Keras 2.3 and later did not find it either, and the callback never acted."
    return Finding(span, f"{message}: `{new}`", Safety.REVIEW, fix(edit), caution)


def _compiles_accuracy(ctx: RuleContext) -> bool:
    """Whether the module's models are compiled with `accuracy`, and none with `acc`."""
    names = {
        leaf.value
        for call in ctx.module.tree.calls
        for name, value in compiled(call, ctx).items()
        if name in ("metrics", "loss_weights")  # by place: before KS405 has named it
        for leaf in leaves(value)
        if isinstance(leaf, ast.Constant)
    }
    return "accuracy" in names and "acc" not in names


def _is_named(name: str, ctx: RuleContext) -> bool:
    """Whether a metric of Keras is given that name; then it knows which way is better."""
    for call in ctx.module.tree.calls:
        if any(k.arg == "name" and _is(k.value, name) for k in call.keywords):
            symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes[call])
            if symbol is not None and symbol.name.startswith("keras.metrics."):
                return True
    return False


def _divergence(call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    used = any(text.endswith(_DIVERGENCE) for text in texts(ctx))
    if call.args or any(k.arg in ("name", None) for k in call.keywords) or not used:
        return
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return
    editor.add(f'name="{_DIVERGENCE}"')
    message = f"The metric is called `kl_divergence` in Keras 3: `{_DIVERGENCE}` is used here"
    yield Finding(ctx.span(call.func), message, Safety.SAFE, Fix(editor.build()))


def _rate(owner: ast.expr, key: ast.expr, ctx: RuleContext) -> Iterator[Finding]:
    """`logs["lr"]` in a callback, `history.history["lr"]`."""
    if not _is(key, "lr") or "lr" in stored_keys(ctx):
        return
    if isinstance(owner, ast.Name):
        found = enclosing_method(ctx.module, owner)
        if owner.id != "logs" or found is None or ctx.class_kind(found[0]) is not Kind.CALLBACK:
            return
    elif not (isinstance(owner, ast.Attribute) and owner.attr == "history"):
        return
    span = ctx.span(key)
    quote = ctx.text(key)[:1]
    message = "The learning rate is logged as `learning_rate` in Keras 3"
    edit = replace(span, f"{quote}learning_rate{quote}")
    yield Finding(span, message, Safety.SAFE, fix(edit))


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value
