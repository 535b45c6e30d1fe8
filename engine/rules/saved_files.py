"""Which models and weights a project writes and reads, so that both ends change together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.path_text import PathText, path_text
from kerashift.engine.rules.receivers import Sureness, is_model
from kerashift.engine.tables.moves import new_path


class Use(StrEnum):
    """What a call does to a file."""

    SAVE = "save"
    LOAD = "load_model"
    SAVE_WEIGHTS = "save_weights"
    LOAD_WEIGHTS = "load_weights"
    CHECKPOINT = "ModelCheckpoint"
    WEIGHTS_CHECKPOINT = "ModelCheckpoint of weights"


WEIGHTS_ENDING = ".weights.h5"
WRITES_WEIGHTS = (Use.SAVE_WEIGHTS, Use.WEIGHTS_CHECKPOINT)
_MODEL_ENDINGS = (".keras", ".h5", ".hdf5")
_REPLACED = (".weights", ".h5", ".hdf5", ".ckpt", ".tf", ".keras")


@dataclass(frozen=True, slots=True)
class FileCall:
    """A call that writes or reads a model. `path` is the argument, `text` what is known of it."""

    call: ast.Call
    use: Use
    path: ast.expr
    text: PathText | None
    model: ast.expr | None = None
    """The model where it is an argument: `save_model(model, path)`."""


@dataclass
class SavedFiles:
    """Keys of the paths of a project by what is done to them."""

    keys: dict[Use, set[str]] = field(default_factory=dict)

    def are(self, use: Use, text: PathText) -> bool:
        return text.key in self.keys.get(use, ())


_METHODS = {"save": Use.SAVE, "save_weights": Use.SAVE_WEIGHTS, "load_weights": Use.LOAD_WEIGHTS}
_FUNCTIONS = {
    "keras.models.load_model": Use.LOAD,
    "keras.saving.load_model": Use.LOAD,
    "keras.models.save_model": Use.SAVE,
    "keras.saving.save_model": Use.SAVE,
    "keras.callbacks.ModelCheckpoint": Use.CHECKPOINT,
}
_WORDS = frozenset({*_METHODS, "load_model", "save_model", "ModelCheckpoint"})
_CACHE: WeakKeyDictionary[ProjectIndex, SavedFiles] = WeakKeyDictionary()


def saved_files(ctx: RuleContext) -> SavedFiles:
    """What the whole project writes and reads."""
    index = ctx.contexts.index
    found = _CACHE.get(index)
    if found is None:
        found = SavedFiles()
        for module in index.by_path.values():
            if not _mentions(module):
                continue
            other = RuleContext(module, ctx.contexts, False)
            for call in file_calls(other):
                if call.text is not None:
                    found.keys.setdefault(call.use, set()).add(call.text.key)
        _CACHE[index] = found
    return found


@lru_cache(maxsize=256)
def _mentions(module: Module) -> bool:
    """The cheap filter: most modules neither save nor load."""
    return any(word in module.unit.text for word in _WORDS)


def writes_h5(ctx: RuleContext) -> bool:
    """Whether the project writes whole models as `.h5`."""
    keys = saved_files(ctx).keys
    written = keys.get(Use.SAVE, set()) | keys.get(Use.CHECKPOINT, set())
    return any(key.rstrip("'\")").endswith((".h5", ".hdf5")) for key in written)


def file_calls(ctx: RuleContext) -> Iterator[FileCall]:
    """All such calls of a module."""
    for call in ctx.module.tree.calls:
        found = file_call(call, ctx)
        if found is not None:
            yield found


def file_call(call: ast.Call, ctx: RuleContext) -> FileCall | None:
    """What a call writes or reads, if it is one of Keras."""
    if not _mentions(ctx.module):
        return None
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else method
    if name not in _WORDS and not isinstance(call.func, ast.Name):
        return None
    symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes.get(call))
    if symbol is not None:
        use = _FUNCTIONS.get(new_path(symbol.name) or "")
        if use is None or symbol.origin is Origin.LEGACY:
            return None
        return _function(call, use, ctx)
    if method not in _METHODS or not isinstance(call.func, ast.Attribute):
        return None
    needed = Sureness.LIKELY if method == "save" or not ctx.uses_keras else Sureness.UNKNOWN
    if is_model(ctx, call.func.value) < needed:
        return None
    return _made(call, _METHODS[method], _argument(call, 0, "filepath"), None, ctx)


def _function(call: ast.Call, use: Use, ctx: RuleContext) -> FileCall | None:
    if use is Use.SAVE:
        model = _argument(call, 0, "model")
        return _made(call, use, _argument(call, 1, "filepath"), model, ctx)
    if use is Use.CHECKPOINT and _is_true(_argument(call, 4, "save_weights_only")):
        use = Use.WEIGHTS_CHECKPOINT
    return _made(call, use, _argument(call, 0, "filepath"), None, ctx)


def _made(
    call: ast.Call, use: Use, path: ast.expr | None, model: ast.expr | None, ctx: RuleContext
) -> FileCall | None:
    if path is None or isinstance(path, ast.Starred):
        return None
    return FileCall(call, use, path, path_text(ctx.module, path), model)


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if len(call.args) > place else None


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def option(call: ast.Call, name: str) -> object:
    """The value of a keyword that is written out; None where it is not given or not in sight."""
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return keyword.value.value
    return None


def old_ending(text: PathText) -> str:
    """The ending that another one takes the place of; empty where there is none."""
    return next((e for e in _REPLACED if text.ends(e)), "")


def renamed_ending(text: PathText, files: SavedFiles) -> tuple[str, str] | None:
    """The old and the new ending of a path that the project writes, if its name must change."""
    if not text.tail or text.ends("/"):
        return None
    if any(files.are(use, text) for use in WRITES_WEIGHTS):
        return None if text.ends(WEIGHTS_ENDING) else (old_ending(text), WEIGHTS_ENDING)
    if files.are(Use.CHECKPOINT, text):
        return None if text.ends(".keras", ".h5") else (old_ending(text), ".keras")
    if files.are(Use.SAVE, text) and files.are(Use.LOAD, text):
        return None if text.ends(*_MODEL_ENDINGS) else ("", ".keras")
    return None


def folder_caution(found: FileCall) -> str:
    """What is to be seen to where Keras 2 made the folders of a path that it saved to."""
    text = found.text
    if found.use not in (Use.SAVE, Use.SAVE_WEIGHTS) or text is None or text.ends(".h5", ".hdf5"):
        return ""
    if isinstance(found.path, ast.Constant | ast.Name) and "/" not in text.key:
        return ""
    return " Keras 3 does not make the folder of the file: see that it exists."
