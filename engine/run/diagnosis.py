"""From an error's text to the rule that explains it."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Loosely matched: Keras reworded several of these between 3.0 and 3.16.
PATTERNS: tuple[tuple[str, str | None], ...] = (
    # A layer that does not take what its own `get_config` gives: no rule speaks of that.
    (r"could not be deserialized properly", None),
    (r"KerasTensor cannot be used as input to a TensorFlow function", "KS201"),
    (r"`?KerasTensor`? .*(symbolic|tf_fn)|convert (a )?KerasTensor to", "KS201"),
    (r"module 'keras[\w.]*\.backend' has no attribute '(set_value|get_value)'", "KS406"),
    (r"module 'keras[\w.]*\.backend' has no attribute", "KS203"),
    (r"cannot import name '\w+' from 'keras[\w.]*\.backend'", "KS203"),
    (r"ImageDataGenerator|Tokenizer|TimeseriesGenerator|skipgrams|text_to_word_sequence", "KS104"),
    (r"No module named 'keras\.(preprocessing\.(text|sequence)|wrappers\.scikit_learn)'", "KS104"),
    (r"No module named '(tensorflow\.python\.keras|keras\.(src|engine|api))[\w.]*'", "KS105"),
    (r"optimizers\.legacy` is not supported in Keras 3", "KS102"),
    (r"No module named 'keras[\w.]*'|cannot import name '\w+' from 'keras", "KS103"),
    (r"module 'keras[\w.]*' has no attribute", "KS103"),
    (r"Argument\(s\) not recognized: \{'(lr|decay)'", "KS401"),
    (r"Argument `decay` is no longer supported", "KS401"),
    (r"'\w+' object has no attribute '(lr|_decayed_lr)'", "KS406"),
    (r"add_weight\(\) got multiple values|`name` must be passed as a keyword argument", "KS302"),
    (r"add_weight\(\) (takes|got an unexpected)", "KS302"),
    (r"For a model with multiple outputs, when providing the `?metrics`?", "KS403"),
    (r"Invalid `?metrics`?\. `?metrics`? should contain", "KS403"),
    (r"provided must end in `\.keras`", "KS503"),
    (r"must end in `\.weights\.h5`", "KS503"),
    (r"Invalid filepath extension for saving", "KS501"),
    (r"File format not supported.*(SavedModel|TFSMLayer)", "KS502"),
    (r"only supports V3 `\.keras` files", "KS502"),
    (r"Add your metric in|add_(loss|metric|update)\(\)? .*(deprecated|removed)", "KS305"),
    (r"has no attribute '(add_metric|add_update)'", "KS305"),
    (
        r"has no attribute '(input_shape|output_shape|get_(in|out)put_(at|shape_at)|"
        r"inbound_nodes|outbound_nodes|reset_states|updates|dynamic)'",
        "KS306",
    ),
    (r"cannot contain character `?/`?|must be a string and cannot contain", "KS307"),
    (r"has no attribute '(numpy|get_shape|as_list|assign_sub|ndims|set_shape)'", "KS204"),
    (r"(train|test)_step\(\) takes \d+ positional arguments? but \d+ were given", "KS304"),
    (r"Can't call numpy\(\) on Tensor that requires grad|TracerArrayConversionError", "KS201"),
    (r"has no attribute '(compiled_loss|compiled_metrics)'", "KS304"),
    (r"(XLA|jit_compile).*(not|un)[ -]?(compil|support)|Detected unsupported operations", "KS402"),
    (r"unexpected keyword argument|Unrecognized keyword arguments?", "KS404"),
    (r"Invalid value for argument `reduction`", "KS103"),
    (r"dtype.*tf\.\w+|<dtype: '\w+'>", "KS202"),
    (r"(jax|torch|Tracer|Tensor).*(tensorflow|tf\.Tensor)|__tf_tensor__|TracerArray", "KS201"),
)
OWN_STEPS = frozenset({"train_step", "test_step", "predict_step"})
_COMPILED = tuple((re.compile(pattern, re.S), code) for pattern, code in PATTERNS)


def explain(kind: str, message: str, functions: Iterable[str] = ()) -> str | None:
    """The code of the rule that the error speaks of; `None` where it is not known.

    `functions` are those of the project that the error passed through.
    """
    if OWN_STEPS.intersection(functions):
        return "KS304"
    text = f"{kind}: {message}"
    for pattern, code in _COMPILED:
        if pattern.search(text):
            return code
    return None
