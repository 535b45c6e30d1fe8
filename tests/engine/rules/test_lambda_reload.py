"""Functions of Lambda layers in a project of several modules."""

from __future__ import annotations

from kerashift.engine.model import NewFile
from tests.rewriting import rewritten

SCALE = (
    "import keras\n\n\ndef scale(x):\n    return 2.0 * x\n\n\nx = keras.Input((3,))\n"
    "keras.Model(x, keras.layers.Lambda(scale)(x)).save('net.keras')\n"
    "keras.models.load_model('net.keras')\n"
)


def test_functions_of_one_name_in_two_modules_are_registered_apart() -> None:
    other = NewFile("nets/other.py", SCALE.replace("2.0", "3.0"))
    result = rewritten(SCALE, path="nets/one.py", others=(other,))
    assert '@keras.saving.register_keras_serializable("nets.one")\ndef scale' in result.text


def test_a_function_whose_name_no_other_module_defines_is_registered_plainly() -> None:
    other = NewFile("nets/other.py", "import keras\n\n\ndef scaled(x):\n    return scale(x)\n")
    result = rewritten(SCALE, path="nets/one.py", others=(other,))
    assert "@keras.saving.register_keras_serializable()\ndef scale" in result.text
