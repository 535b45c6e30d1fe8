"""What functions of TensorFlow, of the Keras backend and of `keras.ops` give."""

from __future__ import annotations

from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.analysis.values import Value
from kerashift.engine.tables.oprows import find

_SPECIAL = {
    "tf.shape": Value.SHAPE,
    "keras.backend.shape": Value.SHAPE,
    "keras.ops.shape": Value.SHAPE,
    "tf.range": Value.RANGE,
    "keras.ops.arange": Value.RANGE,
    "keras.backend.arange": Value.RANGE,
    "tf.TensorArray": Value.ARRAY,
}
_NO_TENSORS = frozenset(
    {"rank", "ndim", "int_shape", "is_tensor", "as_dtype", "device", "name_scope", "group", "no_op"}
    | {"TensorShape", "Variable", "convert_to_numpy", "dtype", "is_sparse", "is_variable", "eval"}
    | {"get_value", "batch_get_value", "set_value", "batch_set_value", "update", "update_add"}
    | {"update_sub", "function", "learning_phase", "learning_phase_scope", "is_placeholder"}
    | {"set_learning_phase", "manual_variable_initialization", "count_params", "set_seed"}
    | {"dimension_value", "variable_scope", "set_random_seed", "control_dependencies", "eager"}
    | {"image_dim_ordering", "set_image_dim_ordering", "normalize_data_format", "get_session"}
    | {"set_session", "set_backend", "reset_uids", "symbolic", "tf", "placeholder"}
    | {"custom_gradient", "print_tensor"}
)
_STRUCTURES = frozenset(
    {"split", "unstack", "moments", "top_k", "meshgrid", "cond", "case", "switch_case", "switch"}
    | {"while_loop", "map_fn", "map", "scan", "foldl", "foldr", "vectorized_map", "fori_loop"}
    | {"rnn", "unique", "qr", "svd", "eigh", "eig", "slogdet", "associative_scan", "nonzero"}
    | {"in_train_phase", "in_test_phase", "ctc_decode", "stft", "rfft", "fft", "fft2", "normalize"}
    | {"lstsq", "gradients", "image_gradients", "dynamic_partition", "normalize_batch_in_training"}
    | {"array_split", "hsplit", "vsplit", "dsplit", "lu_factor"}
)
"""Those that give tuples and lists, or what a function that they are given does."""
_RANDOM = frozenset(
    {"uniform", "normal", "truncated_normal", "categorical", "shuffle", "gamma", "poisson"}
    | {"randint", "binomial", "beta", "dropout", "random_normal", "random_uniform"}
    | {"random_bernoulli", "random_binomial"}
)
_TABLES = {"tf.": "ops.toml", "keras.backend.": "backend.toml"}


def result_of(symbol: Symbol) -> Value | None:
    """What calling a function gives; None where it is no tensor or that is not known."""
    name = symbol.name
    if name in _SPECIAL:
        return _SPECIAL[name]
    last = name.rpartition(".")[2]
    if last in _NO_TENSORS or name.startswith("tf.nest."):
        return None
    if name.startswith(("tf.random.", "keras.random.", "keras.backend.random")):
        return Value.TENSOR if last in _RANDOM else None
    if name.startswith("keras.ops.") or _has_row(name):
        return Value.SOME if last in _STRUCTURES else Value.TENSOR
    return None


def _has_row(name: str) -> bool:
    return any(name.startswith(head) and find(table, name) for head, table in _TABLES.items())
