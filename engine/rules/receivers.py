"""Whether a method is called on a model or an optimizer, where no constructor is in sight."""

from __future__ import annotations

import ast
from enum import IntEnum

from kerashift.engine.analysis.kinds import Kind, attribute_values, kind_of_class, owner_class
from kerashift.engine.analysis.module import Definition, Resolved
from kerashift.engine.analysis.scopes import Binding, Scope
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import last_word, root_name

_MODEL_WORDS = ("model", "network", "autoencoder", "classifier", "discriminator", "generator")
_MODEL_NAMES = frozenset({"net", "gan", "vae", "encoder", "decoder", "critic", "actor", "cnn"})
_FOREIGN = frozenset(
    {"torch", "sklearn", "gensim", "xgboost", "lightgbm", "catboost", "joblib", "pickle", "re"}
    | {"flask", "fastapi", "jax", "flax", "transformers", "sqlalchemy", "django", "spacy", "nltk"}
    | {"fasttext", "statsmodels", "prophet", "peewee"}
)
_SETTINGS = ("args", "arg", "opt", "opts", "cfg", "config", "conf", "flags", "hparams", "params")


class Sureness(IntEnum):
    """How sure it is that an expression holds what a rule looks for."""

    NO = 0
    UNKNOWN = 1
    LIKELY = 2
    """By its name, and nothing speaks against it."""
    YES = 3


def is_model(ctx: RuleContext, node: ast.expr) -> Sureness:
    """Whether an expression holds a Keras model."""
    if _is_super(node):
        owner = owner_class(ctx.module, node)
        made = ctx.class_kind(owner) if owner is not None else None
        return Sureness.YES if made is Kind.MODEL else Sureness.NO
    sureness = _by_kind(ctx, node, Kind.MODEL)
    if sureness is not Sureness.UNKNOWN:
        return sureness
    word = last_word(node)
    if word == "hypermodel":  # Keras Tuner's, which makes models
        return Sureness.NO
    if word in _MODEL_NAMES or any(part in word for part in _MODEL_WORDS):
        return Sureness.LIKELY
    return Sureness.UNKNOWN


def is_optimizer(ctx: RuleContext, node: ast.expr) -> Sureness:
    """Whether an expression holds a Keras optimizer: by what made it, or as `model.optimizer`."""
    sureness = _by_kind(ctx, node, Kind.OPTIMIZER)
    if sureness is not Sureness.UNKNOWN:
        return sureness
    if isinstance(node, ast.Attribute) and node.attr == "optimizer":
        root = root_name(node)
        if root is None or root.id.lower() in _SETTINGS:
            return Sureness.NO
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            owner = owner_class(ctx.module, node.value)
            made = ctx.class_kind(owner) if owner is not None else None
            return Sureness.YES if made is Kind.MODEL else Sureness.UNKNOWN
        return is_model(ctx, node.value)
    if isinstance(node, ast.Name) and node.id == "optimizer" and ctx.uses_keras:
        found = bindings_of(node.id, ctx.module.tree.scopes.get(node))
        if found and all(b.kind is BindingKind.PARAMETER for b in found):
            return Sureness.LIKELY
    return Sureness.UNKNOWN


def _by_kind(ctx: RuleContext, node: ast.expr, wanted: Kind) -> Sureness:
    kind = ctx.kind(node)
    if kind is wanted:
        return Sureness.YES
    if kind is not None or ctx.module.resolve(node) is not None or _is_foreign(ctx, node):
        return Sureness.NO
    if any(_makes_other(ctx, made) for made in _makers(ctx, node)):
        return Sureness.NO
    return Sureness.UNKNOWN


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def _is_foreign(ctx: RuleContext, node: ast.expr) -> bool:
    """Whether the expression comes from a library that is known to be another."""
    root = root_name(node)
    if root is None:
        return False
    scope = ctx.module.tree.scopes.get(root)
    for binding in bindings_of(root.id, scope):
        if binding.kind is BindingKind.IMPORT:
            return isinstance(node, ast.Name) or _package(binding) in _FOREIGN
        inner = root_name(binding.value) if binding.value is not None else None
        for source in bindings_of(inner.id, scope) if inner is not None else ():
            if source.kind is BindingKind.IMPORT and _package(source) in _FOREIGN:
                return True
    return False


def _package(binding: Binding) -> str:
    return binding.path.partition(".")[0]


def bindings_of(name: str, scope: Scope | None) -> list[Binding]:
    """Every binding of a name where it is looked up from."""
    found = scope.lookup(name) if scope is not None else None
    return found[1] if found is not None else []


def _makes_other(ctx: RuleContext, made: ast.expr | None) -> bool:
    """Whether a value is an object of a project's class that is nothing of Keras."""
    if not isinstance(made, ast.Call):
        return False
    found = ctx.module.resolve(made.func, ctx.module.tree.scopes.get(made))
    if not isinstance(found, Definition) or not isinstance(found.node, ast.ClassDef):
        return False
    scope = found.module.tree.scopes.get(found.node)
    named = [b for b in found.node.bases if not (isinstance(b, ast.Name) and b.id == "object")]
    bases = [found.module.resolve(base, scope) for base in named]
    return kind_of_class(found.module, found.node) is None and None not in bases


def _makers(ctx: RuleContext, node: ast.expr) -> list[ast.expr | None]:
    """What is assigned to a name or to an attribute of `self`; the expression itself if a call."""
    if isinstance(node, ast.Call):
        return [node]
    if isinstance(node, ast.Name):
        return [b.value for b in bindings_of(node.id, ctx.module.tree.scopes.get(node))]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = owner_class(ctx.module, node.value) if node.value.id == "self" else None
        return list(attribute_values(owner, node.attr)) if owner is not None else []
    return []


def maker(ctx: RuleContext, node: ast.expr) -> Resolved | None:
    """The class or function whose call, the only one, made what an expression holds."""
    values = _makers(ctx, node)
    if len(values) != 1 or not isinstance(values[0], ast.Call):
        return None
    return ctx.module.resolve(values[0].func, ctx.module.tree.scopes.get(values[0]))


def made_by(ctx: RuleContext, node: ast.expr) -> Symbol | None:
    """The same, where it is of a library."""
    found = maker(ctx, node)
    return found if isinstance(found, Symbol) else None
