"""KS504: Saved model on disk that Keras 3 does not load."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.path_text import PathText, path_text
from kerashift.engine.rules.saved_files import Use, file_call
from kerashift.engine.saved import Saved, SavedFile

_RESTORES = frozenset({"restore", "read"})
_NOTHING = (
    "was written by Keras 2: objects of Keras 3 take nothing from it, without a word. Load it with "
    "Keras 2 once and save `.weights.h5`; `restore(…).assert_consumed()` tells what was taken"
)


class SavedFileOnDisk(Rule):
    code = "KS504"
    name = "saved-file"
    reference_url = "https://keras.io/guides/serialization_and_saving/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        saved = ctx.contexts.index.saved
        if ctx.stays or saved is None or not saved.paths:
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in _RESTORES and node.args:
            yield from _restored(node, ctx)
            return
        found = file_call(node, ctx)
        if found is None or found.text is None or found.use not in (Use.LOAD, Use.LOAD_WEIGHTS):
            return
        file = _on_disk(found.text, ctx)
        message = _message(file, found.use) if file is not None else ""
        if message:
            yield Finding(ctx.span(node), message, Safety.MANUAL, context=ctx.context(node))

    examples = (
        Example(
            "a whole model that Keras 2 wrote",
            'import keras\n\nmodel = keras.models.load_model("net.h5")\n',
            'import keras\n\nmodel = keras.models.load_model("net.h5")\n',
            saved=(SavedFile("net.h5", Saved.MODEL, "2.10.0"),),
        ),
        Example(
            "a checkpoint of TensorFlow",
            'import keras\n\nmodel = keras.Sequential()\nmodel.load_weights("run/best")\n',
            'import keras\n\nmodel = keras.Sequential()\nmodel.load_weights("run/best")\n',
            saved=(SavedFile("run/best", Saved.CHECKPOINT),),
        ),
        Example(
            "a checkpoint that is restored",
            "import tensorflow as tf\nimport keras\n\n"
            "checkpoint = tf.train.Checkpoint(model=keras.Sequential())\n"
            'checkpoint.restore(tf.train.latest_checkpoint("run"))\n',
            "import tensorflow as tf\nimport keras\n\n"
            "checkpoint = tf.train.Checkpoint(model=keras.Sequential())\n"
            'checkpoint.restore(tf.train.latest_checkpoint("run"))\n',
            saved=(SavedFile("run/best", Saved.CHECKPOINT, "2"),),
        ),
        Example(
            "a checkpoint that Keras 3 wrote",
            "import tensorflow as tf\nimport keras\n\n"
            "checkpoint = tf.train.Checkpoint(step=tf.Variable(1))\n"
            'checkpoint.restore("run/best")\nprint(keras)\n',
            None,
            saved=(SavedFile("run/best", Saved.CHECKPOINT, "3"),),
        ),
        Example(
            "a model that Keras 3 wrote",
            'import keras\n\nmodel = keras.models.load_model("net.h5")\n',
            None,
            saved=(SavedFile("net.h5", Saved.MODEL, "3.4.1"),),
        ),
        Example(
            "weights of Keras 2, which Keras 3 reads",
            'import keras\n\nmodel = keras.Sequential()\nmodel.load_weights("net.h5")\n',
            None,
            saved=(SavedFile("net.h5", Saved.MODEL, "2.10.0"),),
        ),
        Example(
            "no such file in the project",
            'import keras\n\nmodel = keras.models.load_model("net.h5")\n',
            None,
        ),
    )


def _restored(node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
    """`checkpoint.restore(path)`, also of the latest checkpoint in a folder."""
    saved, given = ctx.contexts.index.saved, node.args[0]
    assert saved is not None
    if not any(ref.symbol.name == "tf.train.Checkpoint" for ref in ctx.module.references):
        return
    files: list[SavedFile] = []
    if isinstance(given, ast.Call) and given.args:
        symbol = ctx.module.symbol(given.func, ctx.module.tree.scopes.get(given))
        text = path_text(ctx.module, given.args[0])
        if symbol is not None and symbol.name == "tf.train.latest_checkpoint" and text is not None:
            files = saved.under(text.key)
    else:
        text = path_text(ctx.module, given)
        file = _on_disk(text, ctx) if text is not None else None
        files = [file] if file is not None else []
    for file in files:
        if file.kind is Saved.CHECKPOINT and file.is_keras2:
            message = f"`{file.path}` on disk is a {file.kind} and {_NOTHING}"
            yield Finding(ctx.span(node), message, Safety.MANUAL, context=ctx.context(node))
            return


def _on_disk(text: PathText, ctx: RuleContext) -> SavedFile | None:
    """The saved model that a path in code means: from the root, from the file, or by its end."""
    saved = ctx.contexts.index.saved
    assert saved is not None
    if isinstance(text.literal, ast.Constant):
        path = str(text.literal.value)
        folder = ctx.module.unit.path.rpartition("/")[0]
        beside = saved.at(f"{folder}/{path.removeprefix('./')}") if folder else None
        return saved.at(path) or beside or saved.ending(path.lstrip("./"))
    # f"{folder}/net.h5" names its file; f"{name}.h5" does not.
    return saved.ending(text.tail) if text.tail.startswith("/") else None


def _message(file: SavedFile, use: Use) -> str:
    shown = f"`{file.path}` on disk"
    by = f"was written by Keras {file.version}" if file.version else "was written by Keras 2"
    if use is Use.LOAD_WEIGHTS:
        if file.kind is not Saved.CHECKPOINT:
            return ""
        return (
            f"{shown} is a {file.kind}, which Keras 3 does not read: load it with Keras 2 once and "
            "save `.weights.h5`"
        )
    convert = f"`kerashift convert {file.path} -o {_stem(file.path)}.keras`"
    if file.kind is Saved.SAVED_MODEL:
        return (
            f"{shown} is a {file.kind}, which Keras 3 does not load: {convert} makes a `.keras` "
            "file of it; `keras.layers.TFSMLayer` calls what it serves"
        )
    if file.kind is Saved.CHECKPOINT:
        return (
            f"{shown} is a {file.kind} and holds weights only: load it with Keras 2 once and save "
            "`.keras`"
        )
    if file.kind in (Saved.MODEL, Saved.KERAS) and file.is_keras2:
        return (
            f"{shown} {by}, and Keras 3 loads few such files: {convert} makes one of Keras 3; or "
            f"build the model in code and call `load_weights` with "
            f"{'this file' if file.kind is Saved.MODEL else 'weights saved by Keras 2'}"
        )
    if file.kind in (Saved.OLD_WEIGHTS, Saved.WEIGHTS):
        return f"{shown} holds weights only: build the model in code and call `load_weights`"
    return ""


def _stem(path: str) -> str:
    for suffix in (".h5", ".hdf5", ".keras"):
        if path.endswith(suffix):
            stem = path.removesuffix(suffix)
            return f"{stem}-3" if suffix == ".keras" else stem
    return path
