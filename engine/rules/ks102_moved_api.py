"""KS102: Keras 2 path that is elsewhere in Keras 3."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.import_lines import import_finding
from kerashift.engine.rules.respell import import_moves_it, respell, root_name
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import caution, new_path, row_name
from kerashift.engine.tables.private import is_private

_PUBLIC = (Origin.KERAS, Origin.TF_KERAS, Origin.V1, Origin.INJECTED)


class MovedApi(Rule):
    code = "KS102"
    name = "moved-api"

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        found = None if ctx.stays else import_finding(node, ctx, _place, caution)
        if found is not None:
            yield found

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        symbol = ref.symbol
        if symbol.origin not in _PUBLIC or is_private(symbol) or ctx.stays:
            return
        target = new_path(symbol.name)
        if target is None or target == symbol.name or import_moves_it(ref, target, _place_any, ctx):
            return
        if api.is_module(target):  # a bare module, as in `np_utils = keras.utils.np_utils`
            return
        fix, text = respell(ref, target, ctx)
        doubt = caution(symbol.name)
        yield Finding(
            ctx.span(ref.node),
            f"`{ctx.text(ref.node)}` is `{text}`",
            Safety.REVIEW if doubt else Safety.SAFE,
            fix,
            caution=doubt,
            context=ctx.context(root_name(ref.node)),
            row=row_name(symbol.name),
        )

    examples = (
        Example(
            "preprocessing layers",
            "import tensorflow as tf\n"
            "layer = tf.keras.layers.experimental.preprocessing.Rescaling(0.5)\n"
            "result = layer([[1.0, 2.0]])\n",
            "import keras\nlayer = keras.layers.Rescaling(0.5)\nresult = layer([[1.0, 2.0]])\n",
            compare="result",
        ),
        Example(
            "through a module that stays",
            "from tensorflow.keras import layers\n"
            "layer = layers.experimental.preprocessing.Rescaling(0.5)\n"
            "result = layer([[1.0, 2.0]])\n",
            "from keras import layers\n"
            "layer = layers.Rescaling(0.5)\n"
            "result = layer([[1.0, 2.0]])\n",
            compare="result",
        ),
        Example(
            "module that only held moved names",
            "from keras.layers.experimental import preprocessing\n"
            "result = preprocessing.Rescaling(0.5)([[1.0, 2.0]])\n",
            "from keras import layers as preprocessing\n"
            "result = preprocessing.Rescaling(0.5)([[1.0, 2.0]])\n",
        ),
        Example(
            "legacy optimizer",
            "import tensorflow as tf\n"
            "result = tf.keras.optimizers.legacy.Adam(0.5).get_config()['beta_1']\n",
            "import keras\nresult = keras.optimizers.Adam(0.5).get_config()['beta_1']\n",
            compare="result",
        ),
        Example(
            "legacy optimizer that is not quite the same",
            "from keras.optimizers.legacy import RMSprop\nresult = RMSprop(0.5).rho\n",
            "from keras.optimizers import RMSprop\nresult = RMSprop(0.5).rho\n",
        ),
        Example(
            "short alias of a loss",
            "import tensorflow as tf\n"
            "import numpy as np\n"
            "result = tf.keras.losses.mse(np.ones((2, 3)), np.zeros((2, 3)))\n",
            "import keras\n"
            "import numpy as np\n"
            "result = keras.losses.mean_squared_error(np.ones((2, 3)), np.zeros((2, 3)))\n",
            compare="result",
        ),
        Example(
            "imports of stand-alone Keras 2",
            "from keras.layers.core import Dense, Flatten\n"
            "from keras.layers.convolutional import Conv2D\n"
            "result = [Dense(3).units, Conv2D(2, 3).filters, Flatten]\n",
            "from keras.layers import Dense, Flatten\n"
            "from keras.layers import Conv2D\n"
            "result = [Dense(3).units, Conv2D(2, 3).filters, Flatten]\n",
        ),
        Example(
            "module of stand-alone Keras 2",
            "from keras.utils import np_utils\nresult = np_utils.to_categorical([0, 2], 3)\n",
            "from keras import utils as np_utils\nresult = np_utils.to_categorical([0, 2], 3)\n",
        ),
        Example(
            "path of stand-alone Keras 2, written out",
            "import keras\nresult = keras.utils.np_utils.to_categorical([0, 2], 3)\n",
            "import keras\nresult = keras.utils.to_categorical([0, 2], 3)\n",
        ),
        Example(
            "a moved name beside one that stays",
            "from keras.losses import mse, binary_crossentropy\nprint(mse, binary_crossentropy)\n",
            "from keras.losses import mean_squared_error as mse, binary_crossentropy\n"
            "print(mse, binary_crossentropy)\n",
        ),
        Example(
            "names that are where they were",
            "from keras.layers import Dense\nfrom keras.preprocessing.image import img_to_array\n"
            "print(Dense(3), img_to_array)\n",
            None,
        ),
        Example(
            "a module of the project with such a name",
            "from utils import np_utils\nnp_utils.to_categorical([0, 2], 3)\n",
            None,
        ),
        Example("a string", "import keras\nloss = 'mse'\nprint(keras, loss)\n", None),
        Example(
            "staying on tf_keras",
            "import tf_keras\noptimizer = tf_keras.optimizers.legacy.Adam(0.5)\n",
            None,
        ),
        Example(
            "a name that Keras 3 does not have at all",
            "import keras\nlayer = keras.layers.experimental.preprocessing.PreprocessingLayer\n",
            None,
        ),
    )


def _place(symbol: Symbol) -> str | None:
    """The new path of a name that is imported from `keras`; names that did not move stay."""
    if symbol.origin is not Origin.KERAS or is_private(symbol):
        return None
    target = new_path(symbol.name)
    return target if target != symbol.name else None


def _place_any(symbol: Symbol) -> str | None:
    """The new path of a name, whatever surface it is imported from."""
    return new_path(symbol.name)
