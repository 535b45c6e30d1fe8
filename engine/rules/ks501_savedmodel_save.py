"""KS501: Model saved as a SavedModel folder."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Edit, Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.path_text import change_ending
from kerashift.engine.rules.saved_files import (
    FileCall,
    Use,
    file_call,
    folder_caution,
    option,
    saved_files,
)

_FILES = (".keras", ".h5", ".hdf5")
_LOADED = "Programs that read the folder, or look for that name, must change too."
_EXPORTED = (
    "What `export` writes is for serving and cannot be loaded as a model: save a `.keras` file if "
    "the model is to be loaded again."
)


class SavedModelSave(Rule):
    code = "KS501"
    name = "savedmodel-save"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        found = None if ctx.stays else file_call(node, ctx)
        if found is None or found.use is not Use.SAVE or not _is_folder(found):
            return
        span = ctx.span(node)
        fix = _fix(found, ctx)
        if fix is None:
            message = (
                "Keras 3 does not save SavedModel folders: add `.keras` to the path, or use "
                "`model.export(path)` for serving"
            )
            yield Finding(span, message, Safety.MANUAL, context=ctx.context(node))
        elif _is_loaded(found, ctx):
            message = "Keras 3 saves no folders: the model goes to a `.keras` file"
            caution = _LOADED + folder_caution(found)
            yield Finding(span, message, Safety.REVIEW, fix, caution, context=ctx.context(node))
        else:
            message = "Keras 3 saves no folders: `export` writes the SavedModel"
            yield Finding(span, message, Safety.REVIEW, fix, _EXPORTED, context=ctx.context(node))

    examples = (
        Example(
            "saved and loaded again",
            "from tensorflow import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            "model.set_weights([np.ones((2, 1)), np.ones(1)])\n"
            'model.save("net")\n'
            'model = keras.models.load_model("net")\n'
            "result = model.get_weights()\n",
            "import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            "model.set_weights([np.ones((2, 1)), np.ones(1)])\n"
            'model.save("net.keras")\n'
            'model = keras.models.load_model("net.keras")\n'
            "result = model.get_weights()\n",
            compare="result",
        ),
        Example(
            "saved for others",
            'import keras\nmodel = keras.Sequential()\nmodel.save("serve/1", save_format="tf")\n',
            'import keras\nmodel = keras.Sequential()\nmodel.export("serve/1")\n',
        ),
        Example(
            "path that is put together",
            "import os\nimport keras\nmodel = keras.Sequential()\n"
            'model.save(os.path.join(out, "net"))\n'
            'model = keras.models.load_model(os.path.join(out, "net"))\n',
            "import os\nimport keras\nmodel = keras.Sequential()\n"
            'model.save(os.path.join(out, "net.keras"))\n'
            'model = keras.models.load_model(os.path.join(out, "net.keras"))\n',
        ),
        Example(
            "path in a variable",
            'import keras\nPATH = "net"\nmodel = keras.Sequential()\nmodel.save(PATH)\n'
            "model = keras.models.load_model(PATH)\n",
            'import keras\nPATH = "net.keras"\nmodel = keras.Sequential()\nmodel.save(PATH)\n'
            "model = keras.models.load_model(PATH)\n",
        ),
        Example(
            "saved by a function",
            "import keras\nmodel = keras.Sequential()\n"
            'keras.models.save_model(model, f"{out}/net", include_optimizer=False)\n',
            'import keras\nmodel = keras.Sequential()\nmodel.export(f"{out}/net")\n',
        ),
        Example(
            "signatures are to be written anew",
            "import keras\nmodel = keras.Sequential()\nmodel.save('net', signatures=serve)\n",
            "import keras\nmodel = keras.Sequential()\nmodel.save('net', signatures=serve)\n",
        ),
        Example(
            "a file",
            'import keras\nmodel = keras.Sequential()\nmodel.save("net.h5")\n'
            'model.save("net.keras")\n',
            None,
        ),
        Example(
            "a path that is not in sight",
            "import keras\nmodel = keras.Sequential()\nmodel.save(path)\n"
            "model.save(f'net{kind}')\n",
            None,
        ),
        Example("an image", 'import keras\nimage.save("picture")\nprint(keras)\n', None),
        Example(
            "a model of another library",
            "import keras\nfrom gensim.models import Word2Vec\nmodel = Word2Vec(text)\n"
            'model.save("words")\n',
            None,
        ),
        Example(
            "staying on tf_keras",
            'import tf_keras\nmodel = tf_keras.Sequential()\nmodel.save("net")\n',
            None,
        ),
    )


def _is_folder(found: FileCall) -> bool:
    """Whether Keras 2 writes a SavedModel: by the format, else by the path's ending."""
    format_ = option(found.call, "save_format")
    if format_ in ("h5", "keras"):
        return False
    if found.text is None:
        return format_ == "tf"
    return format_ == "tf" or not found.text.ends(*_FILES)


def _is_loaded(found: FileCall, ctx: RuleContext) -> bool:
    return found.text is not None and saved_files(ctx).are(Use.LOAD, found.text)


def _fix(found: FileCall, ctx: RuleContext) -> Fix | None:
    try:
        editor = CallEditor(ctx.module, found.call)
    except CallError:
        return None
    names = {a.name for a in editor.arguments if a.keyword is not None}
    given = 1 if found.model is None else 2
    positional = len(found.call.args)
    known = {"filepath", "model", "overwrite", "include_optimizer", "save_format", "save_traces"}
    if names - known or positional > given or any(a.is_unpacked for a in editor.arguments):
        return None
    if found.text is not None and found.text.ends("/", *_FILES):
        return None
    if _is_loaded(found, ctx) and found.text is not None:
        for argument in editor.arguments:
            if argument.name in ("save_format", "save_traces"):
                editor.drop(argument)
        ending = change_ending(ctx.module, found.text, "", ".keras")
        return Fix((ending, *editor.build())) if ending is not None else None
    return _export(found, editor, ctx)


def _export(found: FileCall, editor: CallEditor, ctx: RuleContext) -> Fix | None:
    if found.model is not None:
        if not isinstance(found.model, ast.Name | ast.Attribute):
            return None
        span = ctx.span(found.call)
        model, path = ctx.span(found.model), ctx.span(found.path)
        return Fix((Edit(span, (model, ".export(", path, ")")),))
    for argument in editor.arguments:
        if argument.keyword is not None and argument.name != "filepath":
            editor.drop(argument)
    end = ctx.span(found.call.func).end
    return Fix((Edit(Span(end - len("save"), end), ("export",)), *editor.build()))
