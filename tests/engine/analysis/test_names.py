"""Names are followed through every form of import, alias and shadowing."""

from __future__ import annotations

import pytest

from tests.engine.projects import index

FORMS = {
    "import tensorflow as tf\nNAME = tf.keras.layers.Dense\n": "keras.layers.Dense",
    "import tensorflow\nNAME = tensorflow.keras.layers.Dense\n": "keras.layers.Dense",
    "from tensorflow import keras\nNAME = keras.layers.Dense\n": "keras.layers.Dense",
    "from tensorflow import keras as k\nNAME = k.layers.Dense\n": "keras.layers.Dense",
    "import tensorflow.keras as keras\nNAME = keras.layers.Dense\n": "keras.layers.Dense",
    "import tensorflow.keras.layers as L\nNAME = L.Dense\n": "keras.layers.Dense",
    "import tensorflow.keras.layers\nNAME = tensorflow.keras.layers.Dense\n": "keras.layers.Dense",
    "from tensorflow.keras import layers\nNAME = layers.Dense\n": "keras.layers.Dense",
    "from tensorflow.keras.layers import Dense as D\nNAME = D\n": "keras.layers.Dense",
    "from tensorflow.keras.layers import *\nNAME = Dense\n": "keras.layers.Dense",
    "import keras\nNAME = keras.layers.Dense\n": "keras.layers.Dense",
    "import tensorflow.compat.v2 as tf\nNAME = tf.keras.layers.Dense\n": "keras.layers.Dense",
    "import tensorflow.compat.v1 as tf\nNAME = tf.keras.layers.Dense\n": "keras.layers.Dense",
    "from tensorflow.python.keras.layers import Dense\nNAME = Dense\n": "keras.layers.Dense",
    "import tensorflow as tf\nkeras = tf.keras\nNAME = keras.layers.Dense\n": "keras.layers.Dense",
    "import tensorflow as tf\nL = tf.keras.layers\nM = L\nNAME = M.Dense\n": "keras.layers.Dense",
    "try:\n    import tensorflow.keras as keras\nexcept ImportError:\n    import keras\n"
    "NAME = keras.layers.Dense\n": "keras.layers.Dense",
    "tf = None\ntry:\n    import tensorflow as tf\nexcept ImportError:\n    pass\n"
    "NAME = tf.abs\n": "tf.abs",
    "import tensorflow as tf\nNAME = tf.optimizers.Adam\n": "keras.optimizers.Adam",
    "def f(**kwargs):\n    backend = kwargs['backend']\n"
    "    NAME = backend.sum\n": "keras.backend.sum",
    "def f(**kwargs):\n    backend, layers, _, _ = get_submodules_from_kwargs(kwargs)\n"
    "    NAME = layers.Dense\n": "keras.layers.Dense",
}


@pytest.mark.parametrize("text", FORMS)
def test_a_symbol_is_found_by_every_spelling(text: str) -> None:
    module = index({"a.py": text}).by_path["a.py"]
    found = [r.symbol.name for r in module.references]
    assert FORMS[text] in found


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\n\n\ndef f(tf):\n    return tf.abs(1)\n",
        "class tf:\n    abs = None\n\n\ntf.abs(1)\n",
        "import tensorflow as tf\ntf = object()\ntf.abs(1)\n",
        "import numpy as tf\ntf.abs(1)\n",
        "x = [tf.abs for tf in ()]\n",
        "class A:\n    import tensorflow as tf\n\n    def f(self):\n        return tf.abs(1)\n",
    ],
)
def test_a_shadowed_name_is_not_the_library(text: str) -> None:
    module = index({"a.py": text}).by_path["a.py"]
    assert not [r for r in module.references if r.symbol.name.startswith("tf")]


def test_names_are_followed_through_other_files_of_the_project() -> None:
    files = {
        "net/__init__.py": "",
        "net/compat.py": "import tensorflow as tf\nfrom tensorflow.keras import backend as K\n",
        "net/model.py": "from .compat import K, tf\nfrom . import compat\n"
        "a = K.sum(1)\nb = tf.abs(1)\nc = compat.tf.exp(1)\n",
    }
    module = index(files).by_path["net/model.py"]
    assert [r.symbol.name for r in module.references] == ["keras.backend.sum", "tf.abs", "tf.exp"]


def test_a_star_import_of_a_project_module_gives_its_names() -> None:
    files = {"base.py": "import tensorflow as tf\n", "use.py": "from base import *\ntf.abs(1)\n"}
    module = index(files).by_path["use.py"]
    assert [r.symbol.name for r in module.references] == ["tf.abs"]


def test_files_below_a_source_folder_find_each_other() -> None:
    files = {
        "src/net/__init__.py": "",
        "src/net/ops.py": "import tensorflow as tf\n",
        "src/train.py": "from net.ops import tf\ntf.abs(1)\n",
    }
    module = index(files).by_path["src/train.py"]
    assert [r.symbol.name for r in module.references] == ["tf.abs"]


def test_circular_imports_and_aliases_end() -> None:
    files = {
        "a.py": "from b import x\nx.y\n",
        "b.py": "from a import x\nx.y\n",
        "c.py": "keras = keras\nkeras.z\n",
    }
    for module in index(files).by_path.values():
        assert module.references == ()


def test_positions_count_characters_not_bytes() -> None:
    text = "import tensorflow as tf\ns = 'é𝔘'; y = tf.abs(1)\n"
    module = index({"a.py": text}).by_path["a.py"]
    reference = module.references[0]
    assert module.text(reference.node) == "tf.abs"
