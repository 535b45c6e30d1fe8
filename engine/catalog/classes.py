"""Rows of reserved attributes, of sizes that must be whole numbers, and of old identifiers."""

from __future__ import annotations

from collections.abc import Iterator

from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.tables import api, identifiers
from kerashift.engine.tables import reserved as tables

_SETTING = (
    "class Mine({base}):\n    def __init__(self, value):\n        super().__init__()\n"
    "        self.{name} = value"
)
_READ = "It can be read only once the layer is built."


def reserved(code: str) -> Iterator[Row]:
    """Attributes that a user's class may not set."""
    for section in ("kinds", "private", "ancestors"):
        for base, names in tables.section(section).items():
            callback = base == "keras.callbacks.Callback"
            for name in names:
                yield Row(
                    code=code,
                    name=f"{base}.{name}",
                    old=f"`self.{name} = …` in a class of `{base}`",
                    new="`super().set_model(…)`" if callback else f"`self.{name}_ = …`",
                    source=_SETTING.format(base=base, name=name),
                )
    for base, names in tables.section("weights").items():
        for name in names:
            yield Row(
                code=code,
                name=f"{base}.{name}",
                old=f"`self.{name} = …` in a class of `{base}`",
                new=f"`self._{name} = …`",
                safety=Safety.REVIEW,
                caution=_READ,
                source=_SETTING.format(base=base, name=name),
            )


def _texts(section: str) -> dict[str, list[str]]:
    rows = api.load("sizes.toml")[section]
    assert isinstance(rows, dict)
    return {str(key): str(names).split() for key, names in rows.items()}


def sizes(code: str) -> Iterator[Row]:
    """Arguments that must be whole numbers of Python."""
    for section, refused in (("integers", "numbers of NumPy and floats"), ("floats", "floats")):
        for path, names in _texts(section).items():
            for name in names:
                yield Row(
                    code=code,
                    name=f"{path}.{name}",
                    old=f"`{path}({name}=…)`",
                    new=f"`{path}({name}=int(…))`",
                    notes=(f"Where it is sure that they are {refused}.",),
                    source=f"{path}({name}=8 / 2)",
                )


def old_identifiers(code: str) -> Iterator[Row]:
    """Losses, metrics, activations … by names that are gone."""
    for identifier in identifiers.rows():
        call = f"keras.{identifier.module}.get('{identifier.name}')"
        yield Row(
            code=code,
            name=identifier.key,
            old=f"`{identifier.name}`, as the name of a {identifier.sort}",
            new=f"`{identifier.to}`" if identifier.to else "",
            safety=Safety.SAFE if identifier.to else Safety.MANUAL,
            advice=identifier.message,
            source=call if identifier.to else "",
        )
