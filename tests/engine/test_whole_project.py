"""A project with a bit of everything around the code, scanned and fixed as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Safety, Target
from kerashift.engine.scan import Scan, scan_project

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(800)
MODEL = HDF5 + b"keras_version\0backend\0model_config\0" + b"GCOL\x01\0\0\x002.10.0\0\0tensorflow"
TEXTS = {
    "requirements.txt": "tensorflow<2.16\ntensorflow-addons\nqkeras\nnumpy\n",
    "constraints.txt": "keras==2.10.0\n",
    "pyproject.toml": '[project]\nname = "p"\ndependencies = ["keras<3"]\n',
    "environment.yml": "dependencies:\n  - tensorflow-gpu=2.6\n",
    "setup.py": "from setuptools import setup\nsetup(install_requires=['scikeras<0.13'])\n",
    "Dockerfile": "RUN pip install tensorflow==2.10\nENV TF_USE_LEGACY_KERAS=1\n",
    ".env": "TF_USE_LEGACY_KERAS=1\n",
    "broken/pyproject.toml": "[project\n",
    "net.py": "from tensorflow import keras\nimport spektral\n\n\ndef scale(x):\n"
    "    return keras.backend.abs(x)\n\n\nclass Scale(keras.layers.Layer):\n"
    "    def call(self, x):\n        return scale(x)\n",
    "data.py": "import tensorflow as tf\nfrom tensorflow import keras\nfrom net import scale\n\n"
    "augment = keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(2.0)])\n"
    "data = tf.data.Dataset.range(3).map(scale).map(lambda x: augment(x))\n"
    "data = data.map(lambda x: tf.strings.as_string(x)).ragged_batch(2)\n",
    "train.py": "import os\nimport data\nfrom tensorflow import keras\nimport tensorflow as tf\n\n"
    "os.environ['KERAS_BACKEND'] = 'jax'\nstrategy = tf.distribute.MirroredStrategy()\n"
    "model = keras.models.load_model('models/old.h5')\n"
    "if os.path.exists('best.h5'):\n    model.load_weights('best.h5')\n"
    "model.save_weights('best.h5')\ntf.saved_model.save(model, 'serve')\n"
    "checkpoint = tf.train.Checkpoint(model=model)\n",
    "old.py": "import tensorflow as tf\nfrom tensorflow import keras\n\n"
    "with tf.compat.v1.Session() as session:\n    session.run(keras.Model().output)\n"
    "tf.estimator.train_and_evaluate(keras)\ntf.config.run_functions_eagerly(True)\n",
    "legacy.py": "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf\n"
    "x = tf.keras.backend.sum(tf.keras.Input((3,)))\n",
}
FOUND = {
    "requirements.txt": {"KS601"},
    "constraints.txt": {"KS601"},
    "pyproject.toml": {"KS601"},
    "environment.yml": {"KS601"},
    "setup.py": {"KS601"},
    "Dockerfile": {"KS603", "KS605"},
    ".env": {"KS605"},
    "net.py": {"KS101", "KS216", "KS602"},
    "data.py": {"KS101", "KS215", "KS218"},
    "train.py": {"KS101", "KS219", "KS221", "KS222", "KS503", "KS504", "KS505", "KS604"},
    "old.py": {"KS101", "KS223", "KS224", "KS225"},
    "legacy.py": {"KS605"},
    "n.ipynb": {"KS603"},
}


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    for path, text in TEXTS.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "old.h5").write_bytes(MODEL)
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "!pip install keras<3"}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(document), encoding="utf-8")
    return scan_project(tmp_path)


def test_everything_is_found_where_it_stands(scan: Scan) -> None:
    found: dict[str, set[str]] = {}
    for issue in scan.issues:
        found.setdefault(issue.path, set()).add(issue.code)
    assert found == FOUND
    assert [error.path for error in scan.errors] == ["broken/pyproject.toml"]


def test_a_function_of_both_worlds_is_told_with_its_uses(scan: Scan) -> None:
    (issue,) = (issue for issue in scan.issues if issue.code == "KS216")
    assert "`Scale.call` (net.py:10)" in issue.message
    assert "`map` (data.py:6)" in issue.message


def test_on_tensorflow_what_keras_3_runs_is_left_alone(scan: Scan) -> None:
    codes = {issue.code for issue in scan.issues if issue.target is Target.KERAS3}
    assert not codes & {"KS215", "KS218", "KS219", "KS221", "KS222", "KS225"}
    assert {"KS216", "KS223", "KS224", "KS504", "KS601", "KS602"} <= codes


def test_fixes_come_to_rest_and_touch_nothing_else(scan: Scan) -> None:
    result = fix_project(scan, Safety.REVIEW)
    assert not result.conflicts
    assert not result.errors
    texts = {path: data.decode() for path, data in result.outputs.items()}
    assert texts["requirements.txt"] == TEXTS["requirements.txt"].replace("<2.16", ">=2.16")
    assert texts["environment.yml"] == "dependencies:\n  - tensorflow>=2.16\n"
    assert texts["Dockerfile"].startswith('RUN pip install "tensorflow>=2.16"\n')
    assert "keras.layers.Pipeline([keras.layers.RandomFlip()" in texts["data.py"]
    assert texts["train.py"].startswith("import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport d")
    assert texts["train.py"].count("best.weights.h5") == 3
    assert "model.export('serve')" in texts["train.py"]
    assert '!pip install \\"keras>=3\\"' in texts["n.ipynb"]
    assert not {".env", "legacy.py", "broken/pyproject.toml"} & set(texts)
