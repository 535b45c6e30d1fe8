"""All rules, found by walking this package: a new file is a new rule."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from kerashift.engine import rules as package
from kerashift.engine.rules.base import HOOKS, Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code. A rule's file is named after it: `ks101_tf_keras_import.py`."""
    found: dict[str, Rule] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("ks"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Rule)
                and value.__module__ == module.__name__
            ):
                instance = value()
                if instance.code in found:
                    raise ValueError(f"two rules have the code {instance.code}")
                found[instance.code] = instance
    return tuple(found[code] for code in sorted(found))


def rule(code: str) -> Rule:
    """The rule with that code; raises `KeyError`."""
    for candidate in all_rules():
        if candidate.code == code:
            return candidate
    raise KeyError(code)


@cache
def dispatch(hook: str) -> tuple[Rule, ...]:
    """The rules that override a hook."""
    assert hook in HOOKS
    return tuple(r for r in all_rules() if getattr(type(r), hook) is not getattr(Rule, hook))
