"""KS104: Name that only tf.keras has."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.model import ImportNeed, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.import_lines import import_finding
from kerashift.engine.rules.respell import imported, root_name
from kerashift.engine.tables import api
from kerashift.engine.tables.removed import tf_keras_name

_MODULES = ("keras.preprocessing.text",)
_INSTEAD = {
    "ImageDataGenerator": "`keras.utils.image_dataset_from_directory` and the `Random…` layers",
    "DirectoryIterator": "`keras.utils.image_dataset_from_directory`",
    "NumpyArrayIterator": "a `keras.utils.PyDataset`",
    "Iterator": "a `keras.utils.PyDataset`",
    "Tokenizer": "`keras.layers.TextVectorization`",
    "TimeseriesGenerator": "`keras.utils.timeseries_dataset_from_array`",
    "RandomHeight": "`keras.layers.RandomZoom`",
    "RandomWidth": "`keras.layers.RandomZoom`",
    "one_hot": "`keras.layers.Hashing`",
    "hashing_trick": "`keras.layers.Hashing`",
    "random_rotation": "`keras.layers.RandomRotation`",
    "random_shear": "`keras.layers.RandomShear`",
    "random_shift": "`keras.layers.RandomTranslation`",
    "random_zoom": "`keras.layers.RandomZoom`",
    "random_brightness": "`keras.layers.RandomBrightness`",
}


class TfKerasOnly(Rule):
    code = "KS104"
    name = "tf-keras-only"
    target = Target.MULTI_BACKEND

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        found = None if ctx.stays else import_finding(node, ctx, _place)
        if found is not None:
            yield Finding(found.span, found.message, Safety.SAFE, found.fix, target=Target.KERAS3)

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        symbol = ref.symbol
        if not symbol.is_keras or ctx.stays:
            return
        name = tf_keras_name(symbol.name)
        if name is None or api.is_module(name) or name in _MODULES:
            return
        span, text = ctx.span(ref.node), ctx.text(ref.node)
        context = ctx.context(root_name(ref.node))
        if symbol.origin is Origin.KERAS:
            if api.is_module(imported(ref, ctx).name):
                edit = fix(
                    replace(span, f"tf.{symbol.name}"), needs=[ImportNeed("tensorflow", alias="tf")]
                )
                yield Finding(
                    span,
                    f"`{text}` is only in `tf.keras`",
                    Safety.SAFE,
                    edit if _tf_is_free(ref, ctx) else None,
                    target=Target.KERAS3,
                    context=context,
                )
            return
        if symbol.origin is not Origin.TF_KERAS:
            return
        instead = _INSTEAD.get(name.rpartition(".")[2], "")
        advice = f" Without it: {instead}." if instead else ""
        message = f"`{text}` is only in `tf.keras` and needs TensorFlow on every backend.{advice}"
        yield Finding(span, message, Safety.MANUAL, context=context)

    examples = (
        Example(
            "imported from keras",
            "from keras.preprocessing.image import ImageDataGenerator, img_to_array\n"
            "print(ImageDataGenerator, img_to_array)\n",
            "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n"
            "from keras.preprocessing.image import img_to_array\n"
            "print(ImageDataGenerator, img_to_array)\n",
        ),
        Example(
            "written out",
            "import keras\ntokenizer = keras.preprocessing.text.Tokenizer()\n",
            "import tensorflow as tf\ntokenizer = tf.keras.preprocessing.text.Tokenizer()\n",
        ),
        Example(
            "a module of such names",
            "from keras.preprocessing import text\nprint(text.Tokenizer())\n",
            "from tensorflow.keras.preprocessing import text\nprint(text.Tokenizer())\n",
        ),
        Example(
            "taken from tensorflow already",
            "from tensorflow.keras.preprocessing.text import Tokenizer\ntokenizer = Tokenizer()\n",
            "from tensorflow.keras.preprocessing.text import Tokenizer\ntokenizer = Tokenizer()\n",
        ),
        Example(
            "what keras has",
            "from keras.preprocessing.image import load_img\n"
            "from keras.preprocessing.sequence import pad_sequences\n"
            "print(load_img, pad_sequences)\n",
            None,
        ),
        Example(
            "a tokenizer from elsewhere",
            "import keras\nfrom transformers import Tokenizer\nprint(keras, Tokenizer())\n",
            None,
        ),
        Example(
            "staying on tf_keras",
            "from tf_keras.preprocessing.text import Tokenizer\ntokenizer = Tokenizer()\n",
            None,
        ),
    )


def _place(symbol: Symbol) -> str | None:
    """Where a name is taken from that is imported from `keras` and only in `tf.keras`."""
    if symbol.origin is not Origin.KERAS:
        return None
    if symbol.name in _MODULES or tf_keras_name(symbol.name) == symbol.name:
        return f"tensorflow.{symbol.name}"
    return None


def _tf_is_free(ref: Reference, ctx: RuleContext) -> bool:
    """Whether `tf` means TensorFlow here, or nothing yet."""
    found = ref.scope.lookup("tf")
    if found is None:
        return True
    meaning = ctx.module.lookup("tf", ref.scope)
    return isinstance(meaning, Symbol) and meaning.name == "tf"
