"""KS505: Old name of a file that is saved under another name."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.path_text import change_ending, path_text
from kerashift.engine.rules.saved_files import file_call, renamed_ending, saved_files

_ASKS = frozenset(
    {"exists", "isfile", "getsize", "getmtime", "remove", "unlink", "is_file", "stat"}
)
_FOLDERS = frozenset({"isdir", "is_dir", "rmtree", "listdir"})
_CAUTION = "It belongs to the new name where the file is saved: accept both, or neither."


class RenamedFile(Rule):
    code = "KS505"
    name = "renamed-file"
    reference_url = "https://keras.io/guides/serialization_and_saving/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if ctx.stays or (name not in _ASKS and name not in _FOLDERS):
            return
        files = saved_files(ctx)
        if not files.keys:
            return
        path = _path(node)
        text = path_text(ctx.module, path) if path is not None else None
        ending = renamed_ending(text, files) if text is not None else None
        if text is None or ending is None or _is_changed_anyway(text.literal, ctx):
            return
        old, new = ending
        span, context = ctx.span(node), ctx.context(node)
        message = f"`{name}` asks for a file that is saved with the ending `{new}` in Keras 3"
        edit = change_ending(ctx.module, text, old, new)
        if edit is None or name in _FOLDERS:
            if name in _FOLDERS:
                message = f"`{name}` asks for a folder that is a file with the ending `{new}` now"
            yield Finding(span, message, Safety.MANUAL, context=context)
        else:
            yield Finding(span, message, Safety.REVIEW, Fix((edit,)), _CAUTION, context=context)

    examples = (
        Example(
            "weights that are read if they are there",
            "import os\nimport keras\n\nmodel = keras.Sequential()\n"
            'if os.path.exists("net.h5"):\n    model.load_weights("net.h5")\n'
            'model.save_weights("net.h5")\n',
            "import os\nimport keras\n\nmodel = keras.Sequential()\n"
            'if os.path.exists("net.weights.h5"):\n    model.load_weights("net.weights.h5")\n'
            'model.save_weights("net.weights.h5")\n',
        ),
        Example(
            "a path of pathlib",
            "from pathlib import Path\nimport keras\n\nmodel = keras.Sequential()\n"
            'model.save_weights("net.ckpt")\nprint(Path("net.ckpt").exists())\n',
            "from pathlib import Path\nimport keras\n\nmodel = keras.Sequential()\n"
            'model.save_weights("net.weights.h5")\nprint(Path("net.weights.h5").exists())\n',
        ),
        Example(
            "a folder that becomes a file",
            "import os\nimport keras\n\nmodel = keras.Sequential()\nmodel.save('net')\n"
            "if os.path.isdir('net'):\n    model = keras.models.load_model('net')\n",
            "import os\nimport keras\n\nmodel = keras.Sequential()\nmodel.save('net.keras')\n"
            "if os.path.isdir('net'):\n    model = keras.models.load_model('net.keras')\n",
        ),
        Example(
            "a name that is written once",
            "import os\nimport keras\n\nPATH = 'net.weights.h5'\nmodel = keras.Sequential()\n"
            "model.save_weights(PATH)\nprint(os.path.exists(PATH))\n",
            None,
        ),
        Example(
            "another file",
            "import os\nimport keras\n\nmodel = keras.Sequential()\n"
            'model.save_weights("net.weights.h5")\nprint(os.path.exists("data.h5"))\n',
            None,
        ),
    )


def _path(node: ast.Call) -> ast.expr | None:
    """`exists(path)`, or `Path(…)` of `Path(…).exists()`."""
    if node.args:
        return node.args[0]
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def _is_changed_anyway(literal: ast.expr, ctx: RuleContext) -> bool:
    """Whether the text stands in one place, which changes where the file is saved or loaded."""
    for call in ctx.module.tree.calls:
        found = file_call(call, ctx)
        if found is not None and found.text is not None and found.text.literal is literal:
            return True
    return False
