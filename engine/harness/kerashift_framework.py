"""One face for Keras 3 on any backend and for Keras 2 (`tf_keras`)."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np
from kerashift_names import places_within
from kerashift_nest import leaves, map_nest
from kerashift_parts import PartCall, call_parts

LIBRARIES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch", "tf_keras": "tensorflow"}


class Framework:
    """What the checks ask of Keras. `backend` is a Keras 3 backend, or `tf_keras`."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.is_legacy = backend == "tf_keras"
        self.keras = importlib.import_module("tf_keras" if self.is_legacy else "keras")
        # In an environment of Keras 2 alone, `tf_keras` is another name of `keras`.
        self.name = self.keras.__name__
        if not self.is_legacy and int(self.keras.__version__.split(".")[0]) < 3:
            raise ImportError(f"Keras 3 is needed, this is {self.keras.__version__}")
        self.Model = self.keras.Model
        self.Layer = self.keras.layers.Layer
        self.part_calls: list[PartCall] = []
        self.container: type | None = None
        """What stands for the forward pass of models of this class: it has no `call`."""
        # As they are before the run's wrappers are put around them.
        self._methods: dict[str, Callable[..., Any]] = {
            name: getattr(self.Model, name)
            for name in ("compile", "fit", "evaluate", "train_on_batch")
        }

    # Arrays

    def tensor(self, array: Any) -> Any:
        if self.is_legacy or np.asarray(array).dtype.kind in "OSU":
            return sys.modules["tensorflow"].convert_to_tensor(array)
        return self.keras.ops.convert_to_tensor(array)

    def array(self, tensor: Any) -> np.ndarray:
        if self.is_legacy or not hasattr(self.keras.ops, "convert_to_numpy"):
            return np.asarray(tensor)
        return np.asarray(self.keras.ops.convert_to_numpy(tensor))

    def variable(self, array: np.ndarray) -> Any:
        """A weight that belongs to no layer."""
        if self.is_legacy:
            return sys.modules["tensorflow"].Variable(array)
        return self.keras.Variable(array)

    # Models

    def forward(self, model: Any, x: Any, training: bool = False) -> Any:
        """The model's outputs as arrays; without `call`, those of its parts and predictions."""
        if not self.part_calls or type(model) is not self.container:
            return self.call(model, (x,), {}, training)
        outputs = call_parts(self, model, self.part_calls, training)
        if not training and self.has_own("predict_step", model):
            outputs.append(map_nest(np.asarray, model.predict_on_batch(x)))
        return outputs

    def call(self, layer: Any, args: Any, kwargs: dict[str, Any], training: bool) -> Any:
        """What a layer or model gives for arrays, as arrays."""
        args, kwargs = map_nest(self.tensor, (args, kwargs))
        if self.backend == "torch":
            with sys.modules["torch"].no_grad():
                return map_nest(self.array, _call(layer, args, kwargs, training))
        return map_nest(self.array, _call(layer, args, kwargs, training))

    def compile(self, model: Any, optimizer: Any, loss: Any, loss_weights: Any = None) -> None:
        """Compile for a comparison: without metrics, and without XLA where it can be left out."""
        options = {"jit_compile": False} if self.backend in ("tensorflow", "torch") else {}
        self._methods["compile"](
            model, optimizer=optimizer, loss=loss, loss_weights=loss_weights, **options
        )

    def evaluate(self, model: Any, batch: Any) -> float:
        """The loss of one batch, as it is when not training."""
        return self.test_step(model, batch)["loss"]

    def test_step(self, model: Any, batch: Any) -> dict[str, float]:
        """What the model logs when it is evaluated on a batch."""
        logs = self._on_batch("evaluate", model, batch, return_dict=True)
        return {name: float(np.mean(value)) for name, value in logs.items()}

    def train_step(self, model: Any, batch: Any) -> dict[str, float]:
        """One step on a batch, in the way the model trains; gives what it logs."""
        if self.has_own_step(model):
            # `train_on_batch` hands Keras 3's `train_step` three values where `fit` hands it two.
            logs = self._on_batch("fit", model, batch, epochs=1, shuffle=False).history
        else:
            model.reset_metrics()
            given = {"x": batch.x, "y": batch.y, "sample_weight": batch.weights}
            logs = self._methods["train_on_batch"](model, **given, return_dict=True)
        return {name: float(np.mean(value)) for name, value in logs.items()}

    def _on_batch(self, name: str, model: Any, batch: Any, **options: Any) -> Any:
        given = {"x": batch.x, "y": batch.y, "sample_weight": batch.weights}
        size = len(leaves(batch.x)[0])
        return self._methods[name](model, **given, batch_size=size, verbose=0, **options)

    def has_own_step(self, model: Any) -> bool:
        """Whether the project wrote the model's `train_step`."""
        return self.has_own("train_step", model)

    def has_own(self, method: str, model: Any) -> bool:
        """Whether the project wrote this method of the model."""
        return not getattr(type(model), method).__module__.startswith(f"{self.name}.")

    def knows_own_steps(self) -> bool:
        """Whether there is a class of models for which the project wrote `train_step`."""
        waiting, seen = [self.Model], set()
        while waiting:
            kind = waiting.pop()
            if kind in seen:
                continue
            seen.add(kind)
            if not kind.train_step.__module__.startswith((f"{self.name}.", "keras")):
                return True
            waiting += kind.__subclasses__()
        return False

    def optimizers(self, model: Any) -> dict[str, Any]:
        """The optimizers that the model keeps, by the names of its attributes."""
        optimizers = self.keras.optimizers
        kinds: tuple[Any, ...] = (optimizers.Optimizer,)
        if self.is_legacy:
            kinds = (*kinds, optimizers.legacy.Optimizer)
        return {name: value for name, value in vars(model).items() if isinstance(value, kinds)}

    def replace_optimizers(self, model: Any, make: Callable[[], Any], eager: bool = False) -> None:
        """New optimizers where the model has some, all else as the project compiled it."""
        self.put_optimizers(model, {name: make() for name in self.optimizers(model)}, eager)

    def put_optimizers(self, model: Any, optimizers: dict[str, Any], eager: bool = False) -> None:
        """The optimizers by attribute; nothing that was compiled with others stays."""
        for name, optimizer in optimizers.items():
            setattr(model, name, optimizer)
        if self.backend in ("tensorflow", "torch"):
            model.jit_compile = False
        model.run_eagerly = eager
        model.train_function = model.test_function = model.predict_function = None

    def sgd(self, rate: float) -> Any:
        return self.keras.optimizers.SGD(rate)

    def adam(self) -> Any:
        return self.keras.optimizers.Adam(1e-3)

    def set_rate(self, model: Any, rate: float) -> None:
        for optimizer in self.optimizers(model).values():
            optimizer.learning_rate = rate

    def update_methods(self) -> list[tuple[type, str]]:
        """(class, method) of what optimizers do to the weights, in every loop."""
        optimizers = self.keras.optimizers
        name = "apply_gradients" if self.is_legacy else "apply"
        kinds = [optimizers.Optimizer]
        if self.is_legacy:
            kinds.append(getattr(optimizers, "legacy", optimizers).Optimizer)
        return [(next(base for base in kind.__mro__ if name in vars(base)), name) for kind in kinds]

    # Layers and weights

    def layers(self, model: Any) -> list[Any]:
        """The model and all layers in it, each once, outer before inner."""
        return [layer for _, _, layer in self._walk(model)]

    def paths(self, model: Any) -> list[tuple[int, str]]:
        """(id, path) of the model and of all layers in it: names from the model down."""
        return [(id(layer), path) for path, _, layer in self._walk(model)]

    def places(self, model: Any) -> list[tuple[int, str]]:
        """The same with the turn of a layer among its like where Keras has counted its name."""
        return [(id(layer), place) for _, place, layer in self._walk(model)]

    def _walk(self, model: Any) -> list[tuple[str, str, Any]]:
        found: list[tuple[str, str, Any]] = []
        seen = set()
        waiting = [(model.name, "", model)]
        while waiting:
            path, place, layer = waiting.pop(0)
            if id(layer) in seen or not hasattr(layer, "_flatten_layers"):
                continue
            seen.add(id(layer))
            found.append((path, place, layer))
            inner = list(layer._flatten_layers(include_self=False, recursive=False))
            waiting[:0] = [
                # Keras 2 allows a slash in a name, Keras 3 does not.
                (f"{path}/{str(part.name).replace('/', '_')}", f"{place}/{turn}", part)
                for part, turn in zip(inner, places_within(inner))
            ]
        return found

    def own_weights(self, layer: Any) -> list[Any]:
        """The weights that a layer has made itself, not those of its inner layers."""
        if self.is_legacy:
            return [*layer._trainable_weights, *layer._non_trainable_weights]
        return [*layer._trainable_variables, *layer._non_trainable_variables]

    def set_seed(self, seed: int) -> None:
        self.keras.utils.set_random_seed(seed)

    # What it is and where it runs

    def versions(self) -> dict[str, str]:
        names = {self.name.replace("_", "-"): self.keras.__version__}
        library = LIBRARIES[self.backend]
        names[library] = _version(library) or getattr(sys.modules.get(library), "__version__", "")
        names["numpy"] = np.__version__
        names["python"] = ".".join(str(part) for part in sys.version_info[:3])
        return names

    def device(self, model: Any) -> str:
        """Where the model's weights really are, as the backend names it."""
        weights = list(model.weights)
        if not weights:
            return ""
        value = weights[0] if self.is_legacy else weights[0].value
        if self.backend == "jax":
            return str(next(iter(value.devices())))
        device = str(value.device)
        return device.rsplit("device:", 1)[-1].lower() or "cpu"


def _call(layer: Any, args: Any, kwargs: dict[str, Any], training: bool) -> Any:
    try:
        return layer(*args, **kwargs, training=training)
    except TypeError as error:
        if "training" not in str(error):
            raise
        return layer(*args, **kwargs)


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None
