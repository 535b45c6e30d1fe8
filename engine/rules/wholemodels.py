"""Whether a project saves, loads or copies whole models, so that their classes are made again."""

from __future__ import annotations

import ast
from functools import lru_cache

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import last_word

_MAKERS = ("load_model", "clone_model", "model_from_json", "model_from_config")
_CHECKPOINT = "keras.callbacks.ModelCheckpoint"


def keeps_whole_models(ctx: RuleContext) -> bool:
    return _keeps(ctx.module.index)


@lru_cache(maxsize=8)
def _keeps(index: ProjectIndex) -> bool:
    return any(_in_module(module) for module in index.by_path.values())


def _in_module(module: Module) -> bool:
    for ref in module.references:
        name = ref.symbol.name
        if ref.symbol.is_keras and name.rpartition(".")[2] in _MAKERS:
            return True
        if name == _CHECKPOINT and ref.call is not None and not _weights_only(ref.call):
            return True
    return any(_saves(call) for call in module.tree.calls)


def _weights_only(call: ast.Call) -> bool:
    return any(
        k.arg == "save_weights_only" and isinstance(k.value, ast.Constant) and bool(k.value.value)
        for k in call.keywords
    )


def _saves(call: ast.Call) -> bool:
    """`model.save(…)`."""
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr == "save"
        and last_word(func.value).endswith(("model", "autoencoder", "vae", "encoder", "decoder"))
        and bool(call.args or call.keywords)
    )
