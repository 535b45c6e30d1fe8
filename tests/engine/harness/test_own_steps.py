"""Steps that a project wrote itself: what they log and give to their parts is kept and compared."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.engine.harness.conftest import Harness


class Layer:
    """As much of a layer as is called."""

    def __init__(self, *inner: Layer) -> None:
        self.inner = inner

    def __call__(self, x: Any, training: bool = False) -> Any:
        for part in self.inner:
            x = part(x)
        return 2 * x


class Model(Layer):
    def call(self) -> None:
        """As Keras has it: for those who write none."""


class Container(Model):
    pass


class Network(Model):
    def call(self) -> None:
        """The project's own."""


def framework(model: Layer, **parts: Layer) -> Any:
    layers = {"": model, **{f"/{name}": part for name, part in parts.items()}}
    return SimpleNamespace(
        Layer=Layer,
        Model=Model,
        array=np.asarray,
        layers=lambda _: list(layers.values()),
        places=lambda _: [(id(layer), place) for place, layer in layers.items()],
        call=lambda part, args, kwargs, training: part(*args, **kwargs, training=training),
    )


def compared(harness: Harness, theirs: dict[str, float], ours: dict[str, float]) -> Any:
    measurements = []
    for logs in (theirs, ours):
        measured = harness.measure.Measurement()
        measured.outputs = []
        measured.logs = {"after one step": logs}
        measurements.append(measured)
    return harness.parity.compare(*measurements, [], [], None)


def test_a_model_lacks_call_where_only_keras_has_one(harness: Harness) -> None:
    found = framework(Container())
    assert harness.parts.lacks_call(found, Container())
    assert not harness.parts.lacks_call(found, Network())


def test_the_parts_that_a_step_calls_are_called_again_with_what_it_gave(harness: Harness) -> None:
    inner = Layer()
    encoder, decoder = Layer(inner), Layer()
    found = framework(Container(), encoder=encoder, inner=inner, decoder=decoder)
    with harness.parts.watch_parts(found, None) as calls:
        decoder(encoder(np.ones(2), training=True))
        encoder(np.zeros(2))
    assert [call.place for call in calls] == ["/encoder", "/decoder"]
    outputs = harness.parts.call_parts(found, None, calls, False)
    assert [output[0] for output in outputs] == [4.0, 8.0]


def test_a_part_that_is_not_there_is_named(harness: Harness) -> None:
    call = harness.parts.PartCall("/decoder", (np.ones(2),), {})
    with pytest.raises(LookupError, match="decoder"):
        harness.parts.call_parts(framework(Container()), None, [call], False)


def test_a_small_loss_is_not_hidden_by_a_large_one_beside_it(harness: Harness) -> None:
    result = compared(harness, {"all": 100.0, "kl": 0.078}, {"all": 100.0, "kl": 0.070})
    assert not result.agrees
    assert result.numbers["first_divergent_layer"] == "kl"
    assert "0.078 in Keras 2, 0.07 here" in result.say("it")


def test_logs_of_one_side_alone_are_not_compared(harness: Harness) -> None:
    result = compared(harness, {"d_loss": 1.0, "old": 5.0}, {"d_loss": 1.0, "loss": 0.0})
    assert result.agrees
    assert "d_loss after one step equal" in result.say("it")


def test_a_reference_keeps_parts_logs_and_the_whole_batch(
    harness: Harness, tmp_path: Path
) -> None:
    reference = harness.reference.Reference()
    reference.x = np.ones(2)
    reference.batch = harness.capture.Batch(np.ones(2), None, np.zeros(3))
    reference.parts = [harness.parts.PartCall("/a", (np.ones(2),), {"mask": np.zeros(1)})]
    reference.measured.logs = {"tested": {"loss": 0.5}}
    reference.measured.optimizers = {"d_optimizer": np.ones(4)}
    reference.measured.optimizer_names = {"d_optimizer": "Adam"}
    path = str(tmp_path / "reference.npz")
    harness.reference.write_reference(path, reference)
    again = harness.reference.read_reference(path)
    assert again.batch.weights.shape == (3,)
    assert (again.parts[0].place, list(again.parts[0].kwargs)) == ("/a", ["mask"])
    assert again.measured.logs == {"tested": {"loss": 0.5}}
    assert again.measured.optimizers["d_optimizer"].sum() == 4


def test_the_loss_that_is_shown_is_the_one_that_is_called_so(harness: Harness) -> None:
    shown = harness.recorder.shown_loss
    assert shown({"accuracy": 0.5, "loss": 2.0}) == 2.0
    assert shown({"accuracy": 0.5, "d_loss": 3.0, "g_loss": 1.0}) == 3.0
    assert shown({"accuracy": 0.5}) == 0.5
    assert shown({}) is None
