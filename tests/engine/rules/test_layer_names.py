"""Names with a slash, layers' attributes, metrics and XLA, where several files meet."""

from __future__ import annotations

from kerashift.engine.assemble import assemble
from kerashift.engine.model import Safety
from kerashift.engine.unit import python_unit
from tests.engine.projects import analyse, fixed, issues

MODEL = (
    "import keras\n\n\ndef build():\n    x = keras.Input((3,))\n"
    "    y = keras.layers.Dense(1, name='block/fc')(x)\n"
)
STRINGS = (
    "import tensorflow as tf\nimport keras\n\n\nclass Parse(keras.layers.Layer):\n"
    "    def call(self, x):\n        return tf.strings.to_number(x)\n"
)


def fixed_files(files: dict[str, str], code: str) -> dict[str, str]:
    found = analyse(files).issues
    return {
        path: assemble(
            python_unit(path, text.encode()),
            [i for i in found if i.path == path and i.code == code and i.fixable],
        ).text
        for path, text in files.items()
    }


def test_lookups_in_other_files_follow_the_name() -> None:
    files = {
        "model.py": MODEL + "    return keras.Model(x, y)\n",
        "use.py": (
            "import keras\nfrom model import build\n\nmodel = build()\n"
            "fc = model.get_layer('block/fc')\n"
            "mine = [l for l in model.layers if l.name.startswith('block/')]\n"
            "that = [l for l in model.layers if l.name == 'block/fc']\n"
            "path = 'block/fc'.split('/')\n"
        ),
    }
    text = fixed_files(files, "KS307")["use.py"]
    assert "get_layer('block_fc')" in text
    assert "startswith('block_')" in text
    assert "l.name == 'block_fc'" in text
    assert "path = 'block/fc'.split('/')" in text


def test_a_slash_inside_the_braces_of_an_f_string_stays() -> None:
    text = fixed("import keras\n\nd = keras.layers.Dense(1, name=f'{4 // 2}/a/{{b}}')\n")
    assert "name=f'{4 // 2}_a_{{b}}'" in text


def test_metrics_are_counted_where_the_model_is_made() -> None:
    files = {
        "model.py": MODEL + "    return keras.Model(x, [y, x])\n",
        "train.py": (
            "import keras\nfrom model import build\n\nmodel = build()\n"
            "model.compile('sgd', 'mse', metrics=['mae'])\n"
        ),
    }
    assert "metrics=[['mae'], ['mae']]" in fixed_files(files, "KS403")["train.py"]


def test_a_model_whose_outputs_cannot_be_counted_is_left_alone() -> None:
    text = "import keras\n\n\ndef go(model):\n    model.compile('sgd', metrics=['mae'])\n"
    assert issues(text, "KS403") == []


def test_xla_is_kept_off_a_model_whose_layers_are_in_another_file() -> None:
    files = {
        "layers.py": STRINGS,
        "train.py": (
            "import keras\nfrom layers import Parse\n\nmodel = keras.Sequential([Parse()])\n"
            "model.compile('sgd', 'mse')\n"
        ),
        "other.py": "import keras\n\nmodel = keras.Sequential([])\nmodel.compile('sgd', 'mse')\n",
    }
    found = [i for i in analyse(files).issues if i.code == "KS402"]
    assert [i.path for i in found] == ["train.py"]
    assert "layers.py" in found[0].message


def test_the_shape_of_a_layer_with_several_outputs_is_that_of_one_tensor() -> None:
    text = fixed(
        "import keras\n\n\ndef f(model):\n    return model.layers[5].output_shape[0][-2]\n"
    )
    assert "model.layers[5].output[0].shape[-2]" in text


def test_the_first_layer_of_a_model_is_asked_for_nothing_it_may_not_have() -> None:
    text = "import keras\n\n\ndef f(model):\n    return model.layers[0].input_shape\n"
    (issue,) = issues(text, "KS306")
    assert issue.safety is Safety.MANUAL


def test_shapes_that_other_layers_computed_are_tuples_too() -> None:
    text = fixed(
        "import keras\n\n\nclass L(keras.layers.Layer):\n    def build(self, input_shape):\n"
        "        self.size = input_shape\n"
        "        self.size = self.inner.compute_output_shape(self.size)\n"
        "        self.n = self.size.as_list()[1]\n        self.inner.build(self.size.as_list())\n"
    )
    assert "self.n = self.size[1]" in text
    assert "self.inner.build(list(self.size))" in text
