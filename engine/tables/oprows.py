"""Rows of the op tables (`ops.toml`, `backend.toml`): how one function becomes another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kerashift.engine.model import Safety
from kerashift.engine.tables import api


@dataclass(frozen=True, slots=True)
class OpRow:
    """One function of TensorFlow or of the Keras 2 backend, and what replaces its calls.

    `params` and `order` are the parameter names, in order, of the old and the new function;
    `names` maps old to new ones that differ. An argument without a place in `order` is dropped if
    it is listed in `drop` (it changes no numbers), else the call is not rewritten. `inject` adds
    new arguments where no old one gives them: the defaults that differ. `values` names a transform
    for an argument's value; `handler` a function for what no row can say. A `template` replaces
    the whole call; `{x}` in it is the argument, or the text that `defaults` gives for it.
    """

    name: str
    params: tuple[str, ...]
    to: str = ""
    order: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    inject: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    reject: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    handler: str = ""
    safety: Safety = Safety.SAFE
    caution: str = ""
    message: str = ""
    """For rows without a fix: what to do."""
    as_value: bool = False
    """Whether the bare name may be replaced where it is handed on without a call."""
    as_activation: bool = False
    """Whether that holds for `activation=` alone: of `keras.activations` the defaults are right."""

    @property
    def has_fix(self) -> bool:
        return bool(self.to or self.template or self.handler)


def _row(name: str, raw: Mapping[str, object]) -> OpRow:
    def words(key: str) -> tuple[str, ...]:
        return tuple(str(raw.get(key, "")).split())

    def mapping(key: str) -> dict[str, str]:
        value = raw.get(key, {})
        assert isinstance(value, dict)
        return {str(k): str(v) for k, v in value.items()}

    order = words("order") or words("params")
    return OpRow(
        name=name,
        params=words("params"),
        to=str(raw.get("to", "")),
        order=order,
        names=mapping("names"),
        inject=mapping("inject"),
        drop=frozenset(words("drop")) | ({"name"} - set(order)),
        reject=mapping("reject"),
        values=mapping("values"),
        defaults=mapping("defaults"),
        template=str(raw.get("template", "")),
        handler=str(raw.get("handler", "")),
        safety=Safety(str(raw.get("safety", "safe"))),
        caution=str(raw.get("caution", "")),
        message=str(raw.get("message", "")),
        as_value=bool(raw.get("as_value", False)),
        as_activation=bool(raw.get("as_activation", False)),
    )


@cache
def rows(table: str) -> dict[str, OpRow]:
    """Rows of a table by the canonical name of the old function, aliases included."""
    result: dict[str, OpRow] = {}
    raw = api.load(table)
    for name, values in raw.items():
        assert isinstance(values, dict)
        for spelling in (name, *str(values.get("aliases", "")).split()):
            if spelling in result:
                raise ValueError(f"{table}: {spelling} has two rows")
            result[spelling] = _row(spelling, values)
    return result


@cache
def _aliases() -> dict[str, str]:
    """The row of every other name of a TensorFlow function."""
    names = api.load("tf_aliases.toml").items()
    return {alias: name for name, aliases in names for alias in str(aliases).split()}


def find(table: str, name: str) -> OpRow | None:
    """The row of a function, also by another name of it; `tf.log` was once `tf.math.log`."""
    known = rows(table)
    found = known.get(name) or known.get(_aliases().get(name, ""))
    if found is None and name.count(".") == 1 and name.startswith("tf."):
        found = known.get("tf.math." + name[len("tf.") :])
    return found
