"""Save a model as `.keras`, load it, and see that it still says the same."""

from __future__ import annotations

import inspect
import sys
import types
from pathlib import Path
from typing import Any

import kerashift_weights as weights
from kerashift_calm import calm_functions
from kerashift_nest import largest_difference, largest_size
from kerashift_parity import rank_of


class SavingError(Exception):
    """The loaded model is not the saved one; the message says how."""


def save_and_load(framework: Any, model: Any, x: Any, folder: str, root: Path) -> str:
    """What to tell of it; raises `SavingError`, and whatever saving or loading raises."""
    path = Path(folder) / "model.keras"
    with calm_functions():
        expected = framework.forward(model, x)
    model.save(str(path))
    options: dict[str, Any] = {"custom_objects": project_objects(framework, root), "compile": False}
    if not framework.is_legacy:
        # The Lambda layers in it are those of the person's own project.
        options["safe_mode"] = False
    loaded = framework.keras.models.load_model(str(path), **options)
    with calm_functions():
        gap = largest_difference(expected, framework.forward(loaded, x))
    if rank_of(gap, largest_size(expected)) != "equal":
        raise SavingError(f"the loaded model predicts differently: {gap:.1e}")
    size = path.stat().st_size / 1024
    return f".keras file of {size:,.0f} KiB, predictions after loading {gap:.1e} apart"


def lacks_config(framework: Any, model: Any, error: BaseException) -> bool:
    """Whether a class of the project does not say how it was made: no file can hold the model.

    Keras 3 tries to guess, and finds out when it loads the model.
    """
    if isinstance(error, NotImplementedError):
        return "get_config" in str(error)
    return "revive model from config" in str(error) and not framework.has_own("get_config", model)


def save_weights_alone(framework: Any, model: Any, x: Any, folder: str) -> str:
    """Save and load the weights; what to tell of it. Raises `SavingError`, and what they raise."""
    path = str(Path(folder) / "model.weights.h5")
    with calm_functions():
        expected = framework.forward(model, x)
        model.save_weights(path)
        weights.write(framework, model, [w * 0 for w in weights.read(framework, model)])
        model.load_weights(path)
        gap = largest_difference(expected, framework.forward(model, x))
    if rank_of(gap, largest_size(expected)) != "equal":
        raise SavingError(f"with the loaded weights it predicts differently: {gap:.1e}")
    return f"its weights do save, predictions after loading {gap:.1e} apart"


def project_objects(framework: Any, root: Path) -> dict[str, Any]:
    """The classes and functions of the project that a saved model may name."""
    found: dict[str, Any] = {}
    for module in list(sys.modules.values()):
        if not _is_in(module, root):
            continue
        for name, value in list(vars(module).items()):
            own = getattr(value, "__module__", None) == module.__name__
            if own and _is_nameable(framework, value):
                found[name] = value
    return found


def _is_nameable(framework: Any, value: Any) -> bool:
    if isinstance(value, types.FunctionType):
        return True
    return inspect.isclass(value) and any(
        base.__module__.startswith(framework.name) for base in value.__mro__
    )


def _is_in(module: Any, root: Path) -> bool:
    file = getattr(module, "__file__", None)
    try:
        return bool(file) and root in Path(file).resolve().parents
    except (TypeError, OSError):
        return False
