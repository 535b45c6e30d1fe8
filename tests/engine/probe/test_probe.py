"""A project that uses all of Keras 2 once: what breaks is reported, and nothing else is."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from kerashift.engine.scan import scan_project
from tests.engine.probe.libraries import Libraries, surface
from tests.engine.probe.project import Probe, probes, write

pytestmark = pytest.mark.backends

KINDS = ("names", "standalone", "keywords", "places", "defaults", "methods", "members")
SPELLING = {"KS101", "KS102"}
"""Rules about how Keras is imported: not what the probes of defaults, in `tf.keras`, are about."""
WORKS = "Keras 3 takes it through **kwargs, which its signature does not tell."
RENAMED = "The place means the same under another name, so that only keywords break."
SILENT = {
    "keywords": {
        "keras.callbacks.LambdaCallback(on_batch_*=)": WORKS,
        "keras.layers.EinsumDense(activity_regularizer=)": WORKS,
        "keras.layers.Embedding(activity_regularizer=)": WORKS,
        "keras.layers.Identity(*=)": WORKS,
        "keras.layers.dot(normalize=)": WORKS,
        "keras.models.save_model(save_format=)": WORKS,
    },
    "places": {
        "keras.activations.deserialize: 1 places": RENAMED,
        "keras.activations.relu: 2 places": RENAMED,
        "keras.layers.InputLayer: 1 places": RENAMED,
        "keras.layers.LeakyReLU: 1 places": RENAMED,
        "keras.utils.to_categorical: 1 places": RENAMED,
        "keras.optimizers.Adam: 5 places": "tf_keras alone has `adaptive_epsilon` there; in all "
        "of TensorFlow up to 2.15 it is `amsgrad`, as in Keras 3.",
    },
    "methods": {
        "keras.*.load_weights(by_name=)": WORKS,
        "keras.*.save(save_format=)": WORKS,
    },
    "members": {
        "keras.Model.*put_shape": "What `keras.Model(…)` makes is a Functional, which has it.",
        "keras.utils.FeatureSpace.*": "It is a layer by its private base only.",
    },
    "names": {
        "keras.backend.experimental.*": "Switches of TensorFlow's generator that nobody calls.",
    },
}
"""Probes that are not reported although the signatures differ, and why."""
ALARMS = {
    "keywords": {
        "keras.optimizers.Optimizer(jit_compile=)": "Refused; the signature does not tell.",
    },
    "defaults": {
        "keras.activations.hard_sigmoid": "The formula is another one; the signature is not.",
        "keras.metrics.binary_accuracy": "It gives another shape: KS421.",
        "keras.optimizers.Nadam": "Its schedule advances otherwise: KS421.",
    },
    "methods": {
        "keras.*.fit: 16 places": "Releases of Keras 2 have other orders from the 15th place on.",
        "keras.*.load_weights: 2 places": "Up to Keras 2.12 the second place was `by_name`.",
    },
    "members": {
        "keras.*.add_variable": "It takes other arguments: KS302.",
        "keras.*.add_weight": "It takes other arguments: KS302.",
        "keras.*.add_metric": "It is there and raises NotImplementedError: KS305.",
        "keras.*.add_loss": "It raises an error outside of `call`: KS305.",
        "keras.*.metrics_names": "It is there and holds other names: KS413.",
        "keras.Sequential.*put": "It raises an error until the model itself was called: KS312.",
    },
}
"""Probes that are reported although the signatures agree, and why."""

Outcome = dict[Probe, frozenset[str]]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The codes that were found on the lines of each probe."""
    folder = tmp_path_factory.mktemp("probe")
    places = write(folder, probes(Libraries(surface("tf_keras"), surface("keras"))))
    scan = scan_project(folder)
    assert not scan.errors
    found: dict[Probe, set[str]] = {probe: set() for probe in places.values()}
    for issue in scan.issues:
        if not (issue.path == "defaults.py" and issue.code in SPELLING):
            for line in range(issue.line, issue.end_line + 1):
                if (issue.path, line) in places:
                    found[places[issue.path, line]].add(issue.code)
    return {probe: frozenset(codes) for probe, codes in found.items()}


def _unexcused(found: list[Probe], excuses: dict[str, str]) -> list[str]:
    return [
        probe.subject
        for probe in found
        if not any(fnmatch(probe.subject, pattern) for pattern in excuses)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_work_the_same_in_keras_3_is_reported(kind: str, outcome: Outcome) -> None:
    broken = [probe for probe in outcome if probe.kind == kind and probe.breaks]
    assert broken
    silent = [probe for probe in broken if not outcome[probe]]
    assert _unexcused(silent, SILENT.get(kind, {})) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_works_the_same_in_keras_3_is_not_reported(kind: str, outcome: Outcome) -> None:
    sound = [probe for probe in outcome if probe.kind == kind and not probe.breaks]
    assert sound
    alarms = [probe for probe in sound if outcome[probe]]
    assert _unexcused(alarms, ALARMS.get(kind, {})) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_exception_is_needed(kind: str, outcome: Outcome) -> None:
    for excuses, breaks in ((SILENT, True), (ALARMS, False)):
        odd = [
            p.subject
            for p, codes in outcome.items()
            if p.kind == kind and p.breaks is breaks and bool(codes) is not breaks
        ]
        for pattern in excuses.get(kind, {}):
            assert any(fnmatch(subject, pattern) for subject in odd), pattern


def test_no_rule_fails_on_the_probe(outcome: Outcome) -> None:
    assert [probe.subject for probe, codes in outcome.items() if "KS900" in codes] == []
