"""Migrate a copy of Keras 2's application models, and compare each with the original.

    python tests/benchmarks/forty.py [-o TABLE.md] [--results FILE.json] [NAME …]

The sources of `tf_keras.applications` are copied and fixed by `kerashift fix --safety review`. Each
constructor is built under Keras 2 and, from the fixed copy, on each backend of Keras 3 with the
weights of Keras 2; the logits are compared and one step of training is taken. Without names, all
constructors run: the forty that the announcement of Keras 3 counts, then RegNet and ResNet-RS,
which Keras 3 left out. Results are kept in FILE, and those that are there are not run again.
"""
from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from forty_table import table

HARNESS = Path(__file__).resolve().parents[2] / "engine" / "harness"
CHILD = Path(__file__).with_name("forty_child.py")
BACKENDS = ("tensorflow", "jax", "torch")
ORIGINAL = "tf_keras.src.applications"
CHUNK = 6
TIMEOUT = 3000
# Compiling for speed takes minutes for the deep ones, and one step has no use for it.
QUICK_COMPILE = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"

FORTY = [
    "xception.Xception", "vgg16.VGG16", "vgg19.VGG19",
    *(f"resnet.ResNet{n}" for n in (50, 101, 152)),
    *(f"resnet_v2.ResNet{n}V2" for n in (50, 101, 152)),
    "inception_v3.InceptionV3", "inception_resnet_v2.InceptionResNetV2",
    "mobilenet.MobileNet", "mobilenet_v2.MobileNetV2",
    "mobilenet_v3.MobileNetV3Small", "mobilenet_v3.MobileNetV3Large",
    *(f"densenet.DenseNet{n}" for n in (121, 169, 201)),
    "nasnet.NASNetMobile", "nasnet.NASNetLarge",
    *(f"efficientnet.EfficientNetB{n}" for n in range(8)),
    *(f"efficientnet_v2.EfficientNetV2{n}" for n in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    *(f"convnext.ConvNeXt{n}" for n in ("Tiny", "Small", "Base", "Large", "XLarge")),
]  # fmt: skip
SIZES = ("002", "004", "006", "008", "016", "032", "040", "064", "080", "120", "160", "320")
BEYOND = [
    *(f"resnet_rs.ResNetRS{n}" for n in (50, 101, 152, 200, 270, 350, 420)),
    *(f"regnet.RegNet{kind}{size}" for kind in "XY" for size in SIZES),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="module.Constructor, or `forty` or `beyond`")
    parser.add_argument("-o", dest="table", type=Path)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    groups = {"forty": FORTY, "beyond": BEYOND}
    asked = [n for name in options.names or groups for n in groups.get(name, [name])]
    results = _read(options.results)
    with tempfile.TemporaryDirectory(prefix="kerashift-forty-") as scratch:
        fixed = _fix(Path(scratch), results)
        waiting = [name for name in asked if not _is_done(results, name)]
        for start in range(0, len(waiting), CHUNK):
            _run_chunk(waiting[start : start + CHUNK], fixed, Path(scratch), results)
            if options.results:
                options.results.write_text(json.dumps(results, indent=1), encoding="utf-8")
    text = table(results, FORTY, BEYOND, BACKENDS)
    print(text)
    if options.table:
        options.table.write_text(text, encoding="utf-8")


def _read(file: Path | None) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file and file.exists() else {}


def _is_done(results: dict[str, Any], name: str) -> bool:
    sides = results.get("models", {}).get(name, {})
    return all(side in sides and "error" not in sides[side] for side in BACKENDS)


def _fix(scratch: Path, results: dict[str, Any]) -> Path:
    """The fixed copy of the library's sources; how long that took goes to the results."""
    spec = importlib.util.find_spec("tf_keras")
    assert spec is not None
    assert spec.origin is not None
    copy, fixed = scratch / "applications", scratch / "migrated"
    ignored = shutil.ignore_patterns("__pycache__", "*_test.py")
    shutil.copytree(Path(spec.origin).parent / "src" / "applications", copy, ignore=ignored)
    program = Path(sys.executable).with_name("kerashift")
    command = [str(program), "fix", str(copy), "--safety", "review", "--output", str(fixed)]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    results["fix"] = {
        "seconds": round(time.monotonic() - started, 1),
        "said": done.stderr.strip(),
        "files": len(list(fixed.glob("*.py"))),
        "lines": sum(len(f.read_text().splitlines()) for f in fixed.glob("*.py")),
    }
    return fixed


def _run_chunk(names: list[str], fixed: Path, scratch: Path, results: dict[str, Any]) -> None:
    folder = scratch / "weights"
    folder.mkdir()
    try:
        _run_child("tf_keras", fixed, folder, names, results)
        for backend in BACKENDS:
            _run_child(backend, fixed, folder, names, results)
    finally:
        shutil.rmtree(folder)


def _run_child(
    side: str, fixed: Path, folder: Path, names: list[str], results: dict[str, Any]
) -> None:
    models = results.setdefault("models", {})
    package = ORIGINAL if side == "tf_keras" else fixed.name
    places = [str(HARNESS), str(fixed.parent)]
    command = [sys.executable, str(CHILD), side, *places, package, str(folder), *names]
    environment = {**os.environ, "XLA_FLAGS": QUICK_COMPILE, "CUDA_VISIBLE_DEVICES": "-1"}
    for name in names:
        models.setdefault(name, {})[side] = {"error": "the child ended before it"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        try:
            out, errors = child.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            child.kill()
            out, errors = child.communicate()
    for line in out.splitlines():
        if line.startswith('{"name"'):
            facts = json.loads(line)
            models[facts.pop("name")][side] = facts
            print(side, line, file=sys.stderr, flush=True)
    if child.returncode:
        print(errors[-3000:], file=sys.stderr)


if __name__ == "__main__":
    main()
