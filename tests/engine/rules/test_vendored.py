"""Files copied out of Keras's own source take each other's names, not those of the library."""

from __future__ import annotations

from kerashift.engine.assemble import assemble
from kerashift.engine.model import Safety
from kerashift.engine.unit import python_unit
from tests.engine.projects import analyse

HELPER = "def correct_pad(inputs):\n    return inputs\n"
MODEL = (
    "import keras\nfrom tf_keras.src.applications import {}\n\n\n"
    "def build(x):\n    return keras.layers.ReLU()({}(x))\n"
)
BY_MODULE = MODEL.format("imagenet_utils", "imagenet_utils.correct_pad")


def fixed(files: dict[str, str], path: str) -> str:
    found = [i for i in analyse(files).issues if i.path == path and i.fixable]
    return assemble(python_unit(path, files[path].encode()), found).text


def test_within_a_package_the_copy_is_imported_relatively() -> None:
    files = {"net/__init__.py": "", "net/imagenet_utils.py": HELPER, "net/model.py": BY_MODULE}
    assert "from . import imagenet_utils\n" in fixed(files, "net/model.py")


def test_beside_a_script_the_copy_is_imported_by_its_name() -> None:
    files = {"imagenet_utils.py": HELPER, "model.py": BY_MODULE}
    assert "\nimport imagenet_utils\n" in fixed(files, "model.py")


def test_names_of_a_copied_file_come_from_the_copy() -> None:
    source = (
        MODEL.format("imagenet_utils", "pad")
        .replace("import imagenet_utils", "imagenet_utils import correct_pad as pad")
        .replace("applications imag", "applications.imag")
    )
    files = {"net/__init__.py": "", "net/imagenet_utils.py": HELPER, "net/model.py": source}
    assert "from .imagenet_utils import correct_pad as pad\n" in fixed(files, "net/model.py")


def test_taking_the_copy_is_left_to_be_reviewed() -> None:
    files = {"imagenet_utils.py": HELPER, "model.py": BY_MODULE}
    (issue,) = [i for i in analyse(files).issues if "copy" in i.message]
    assert issue.safety is Safety.REVIEW
    assert issue.caution


def test_a_file_that_only_has_the_name_is_not_taken_for_a_copy() -> None:
    files = {"imagenet_utils.py": "SIZE = 224\n", "model.py": BY_MODULE}
    assert "tf_keras.src.applications import imagenet_utils" in fixed(files, "model.py")


def test_a_project_that_takes_public_names_of_tf_keras_stays_on_it() -> None:
    files = {
        "imagenet_utils.py": HELPER,
        "model.py": BY_MODULE,
        "train.py": "import tf_keras\n\nmodel = tf_keras.Sequential()\n",
    }
    assert fixed(files, "model.py") == BY_MODULE


def test_private_parts_alone_are_no_choice_to_stay() -> None:
    source = "from tf_keras.src import backend\n\nlast = backend.image_data_format()\n"
    assert "from keras import backend" in fixed({"model.py": source}, "model.py")
