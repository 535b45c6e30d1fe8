"""The convnet of Keras's own introduction, in its Keras 2 form: migrated and green everywhere.

Own layers, NumPy, `tf.data` and `DataLoader` inputs, metrics under other names, callbacks that
write, `argparse` and `input()`; the data are made up, since tests have no network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.backends

TEXT = Path(__file__).with_name("mnist_convnet.txt")


def test_the_migrated_convnet_is_green_on_three_backends_beside_its_original(
    tmp_path: Path,
) -> None:
    root = tmp_path / "mnist"
    root.mkdir()
    shutil.copy(TEXT, root / "train.py")
    command = [str(Path(sys.executable).with_name("kerashift")), "run", str(root)]
    options = [
        *("--entry", "train.py --epochs 3", "--backend", "all", "--fix", "review", "--baseline"),
        *("--data", "synthetic", "--device", "cpu", "--steps", "10", "--format", "json"),
    ]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=840)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    for run in json.loads(done.stdout)["runs"]:
        statuses = {check["name"]: check["status"] for check in run["checks"]}
        # The introduction's model has no `get_config`: only its weights can be saved.
        assert statuses.pop("saves") == "skipped"
        assert set(statuses.values()) == {"passed"}, run
        assert run["parity"]["forward_max_abs"] <= 1e-5
        assert run["parity"]["gradient_max_abs"] <= 1e-4
    assert sorted(path.name for path in root.iterdir()) == ["train.py"]
