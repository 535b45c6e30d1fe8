"""KS503: File name of weights or checkpoints."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Edit, Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.path_text import change_ending
from kerashift.engine.rules.saved_files import (
    WEIGHTS_ENDING,
    WRITES_WEIGHTS,
    FileCall,
    Use,
    file_call,
    folder_caution,
    old_ending,
    option,
    saved_files,
)

_CAUTION = "Programs and later runs that look for the old name must change too."
_STATUS = ("expect_partial", "assert_consumed", "assert_existing_objects_matched")
_NAMES = {
    Use.LOAD: "load_model",
    Use.CHECKPOINT: "ModelCheckpoint",
    Use.WEIGHTS_CHECKPOINT: "ModelCheckpoint",
    Use.SAVE_WEIGHTS: "save_weights",
    Use.LOAD_WEIGHTS: "load_weights",
}


class WeightsSuffix(Rule):
    code = "KS503"
    name = "weights-suffix"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        found = None if ctx.stays else file_call(node, ctx)
        if found is None or found.use is Use.SAVE:
            return
        span, context = ctx.span(node), ctx.context(node)
        if found.use is Use.LOAD_WEIGHTS and _is_unreadable(found, ctx):
            message = (
                "Keras 3 reads no TensorFlow checkpoints: load them with Keras 2 once and save "
                "`.weights.h5`"
            )
            yield Finding(span, message, Safety.MANUAL, context=context)
            return
        ending = _ending(found, ctx)
        if ending is None or found.text is None:
            return
        old, new = ending
        message = f"`{_NAMES[found.use]}`: the path ends in `{new}`"
        edits = _edits(found, old, new, ctx)
        if edits is None:
            yield Finding(span, f"{message} in Keras 3", Safety.MANUAL, context=context)
        else:
            caution = _CAUTION + folder_caution(found)
            yield Finding(span, message, Safety.REVIEW, Fix(edits), caution, context=context)

    examples = (
        Example(
            "weights that are written and read",
            "from tensorflow import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            "model.set_weights([np.ones((2, 1)), np.ones(1)])\n"
            'model.save_weights("net.h5")\n'
            'model.load_weights("net.h5")\n'
            "result = model.get_weights()\n",
            "import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            "model.set_weights([np.ones((2, 1)), np.ones(1)])\n"
            'model.save_weights("net.weights.h5")\n'
            'model.load_weights("net.weights.h5")\n'
            "result = model.get_weights()\n",
            compare="result",
        ),
        Example(
            "weights without an ending, in their old format",
            "import keras\nmodel = keras.Sequential()\n"
            'model.save_weights(f"{out}/net", save_format="tf")\n'
            'model.load_weights(f"{out}/net")\n',
            "import keras\nmodel = keras.Sequential()\n"
            'model.save_weights(f"{out}/net.weights.h5")\n'
            'model.load_weights(f"{out}/net.weights.h5")\n',
        ),
        Example(
            "checkpoint of weights",
            "import keras\nmodel = keras.Sequential()\n"
            'best = keras.callbacks.ModelCheckpoint("best.h5", save_weights_only=True)\n'
            'model.load_weights("best.h5")\n',
            "import keras\nmodel = keras.Sequential()\n"
            'best = keras.callbacks.ModelCheckpoint("best.weights.h5", save_weights_only=True)\n'
            'model.load_weights("best.weights.h5")\n',
        ),
        Example(
            "checkpoint of the model",
            "from keras.callbacks import ModelCheckpoint\nfrom keras.models import load_model\n"
            'best = ModelCheckpoint(filepath="best-{epoch:02d}.hdf5")\n'
            'last = ModelCheckpoint("last")\nmodel = load_model("last")\n',
            "from keras.callbacks import ModelCheckpoint\nfrom keras.models import load_model\n"
            'best = ModelCheckpoint(filepath="best-{epoch:02d}.keras")\n'
            'last = ModelCheckpoint("last.keras")\nmodel = load_model("last.keras")\n',
        ),
        Example(
            "path in a variable",
            'import keras\nPATH = "net.ckpt"\nmodel = keras.Sequential()\n'
            "model.save_weights(PATH)\n"
            "model.load_weights(PATH)\n",
            'import keras\nPATH = "net.weights.h5"\nmodel = keras.Sequential()\n'
            "model.save_weights(PATH)\nmodel.load_weights(PATH)\n",
        ),
        Example(
            "checkpoint whose status is asked",
            'import keras\nmodel = keras.Sequential()\nmodel.save_weights("net")\n'
            'model.load_weights("net").expect_partial()\n',
            'import keras\nmodel = keras.Sequential()\nmodel.save_weights("net.weights.h5")\n'
            'model.load_weights("net.weights.h5")\n',
        ),
        Example(
            "a TensorFlow checkpoint from elsewhere",
            'import keras\nmodel = keras.Sequential()\nmodel.load_weights("net.ckpt")\n',
            'import keras\nmodel = keras.Sequential()\nmodel.load_weights("net.ckpt")\n',
        ),
        Example(
            "weights from elsewhere",
            "import keras\nmodel = keras.Sequential()\n"
            'model.load_weights("net.h5", by_name=True)\n',
            None,
        ),
        Example(
            "names that Keras 3 takes",
            'import keras\nmodel = keras.Sequential()\nmodel.save_weights("net.weights.h5")\n'
            'best = keras.callbacks.ModelCheckpoint("best.keras")\n',
            None,
        ),
        Example(
            "a path that is not in sight",
            "import keras\nmodel = keras.Sequential()\nmodel.save_weights(path)\n",
            None,
        ),
        Example(
            "a class of the project",
            "import keras\n\n\nclass Store:\n    def save_weights(self, path):\n"
            "        print(path)\n\n\n"
            'store = Store()\nStore.save_weights(store, "net.h5")\nprint(keras)\n',
            None,
        ),
    )


def _ending(found: FileCall, ctx: RuleContext) -> tuple[str, str] | None:
    """The path's old ending and its new one; None where the path is as it must be."""
    text, files = found.text, saved_files(ctx)
    if text is None or text.ends("/"):
        return None
    weights = any(files.are(use, text) for use in WRITES_WEIGHTS)
    model = files.are(Use.CHECKPOINT, text)
    if found.use in WRITES_WEIGHTS or (found.use is Use.LOAD_WEIGHTS and weights):
        return None if text.ends(WEIGHTS_ENDING) else (old_ending(text), WEIGHTS_ENDING)
    if found.use is Use.CHECKPOINT or (found.use in (Use.LOAD_WEIGHTS, Use.LOAD) and model):
        if weights or text.ends(".keras", ".h5"):
            return None
        return old_ending(text), ".keras"
    return None


def _is_unreadable(found: FileCall, ctx: RuleContext) -> bool:
    """Whether the weights are a TensorFlow checkpoint that the project does not write."""
    if isinstance(found.path, ast.Call):
        symbol = ctx.module.symbol(found.path.func, ctx.module.tree.scopes.get(found.path))
        if symbol is not None and symbol.name.endswith("train.latest_checkpoint"):
            return True
    text, files = found.text, saved_files(ctx)
    if text is None or text.ends("/"):
        return False
    written = (*WRITES_WEIGHTS, Use.CHECKPOINT, Use.SAVE)
    if any(files.are(use, text) for use in written):
        return False
    return text.ends(".ckpt", ".tf", ".index") or "." not in text.tail.rpartition("/")[2]


def _edits(found: FileCall, old: str, new: str, ctx: RuleContext) -> tuple[Edit, ...] | None:
    assert found.text is not None
    ending = change_ending(ctx.module, found.text, old, new)
    if ending is None or option(found.call, "by_name"):
        return None
    try:
        editor = CallEditor(ctx.module, found.call)
    except CallError:
        return None
    for argument in editor.arguments:
        if argument.is_unpacked or argument.name == "options":
            return None
        if argument.name == "save_format":
            editor.drop(argument)
    return (ending, *editor.build(), *_status_edits(found.call, ctx))


def _status_edits(call: ast.Call, ctx: RuleContext) -> tuple[Edit, ...]:
    """Take away `.expect_partial()`: what is loaded has no status any more."""
    status = ctx.module.parent(call)
    outer = ctx.module.parent(status) if isinstance(status, ast.Attribute) else None
    if not (isinstance(status, ast.Attribute) and isinstance(outer, ast.Call)):
        return ()
    if outer.func is not status or status.attr not in _STATUS:
        return ()
    return (Edit(Span(ctx.span(call).end, ctx.span(outer).end)),)
