"""From an error's text to the rule that explains it.

A name that Keras does not have is looked up with the rules themselves: they are asked what they
find in code that uses it. All else is known by the words of the message.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from kerashift.engine.scan import analyse_units
from kerashift.engine.tables.api import exists
from kerashift.engine.unit import python_unit

# Loosely matched: Keras reworded several of these between 3.0 and 3.16.
PATTERNS: tuple[tuple[str, str | None], ...] = (
    # A layer that does not take what its own `get_config` gives: no rule speaks of that.
    (r"could not be deserialized properly", None),
    (r"has never been called and thus has no defined (in|out)put", "KS312"),
    (r"No module named 'tensorflow_addons", "KS106"),
    (r"has no attribute 'experimental'", "KS102"),
    (r"Only instances of `keras\.Layer` can be added .*tensorflow_hub", "KS602"),
    (r"'Variable' object has no attribute '_id'", "KS304"),
    (r"Cannot convert '\d+' to a shape|Cannot convert '\(?None\)?' to a shape", "KS311"),
    (r"'(Sequential|Functional)' object has no attribute '_get_save_spec'", "KS221"),
    (r"`metrics` argument to be a list, tuple, or dict", "KS403"),
    (r"key '\w+' does not correspond to any model output", "KS403"),
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
    (r"Invalid value for argument `reduction`", "KS404"),
    (r"dtype.*tf\.\w+|<dtype: '\w+'>", "KS202"),
    (r"(jax|torch|Tracer|Tensor).*(tensorflow|tf\.Tensor)|__tf_tensor__|TracerArray", "KS201"),
    # What TensorFlow makes of a symbol of JAX.
    (r"'str' object has no attribute '_error_repr'", "KS201"),
)
OWN_STEPS = frozenset({"train_step", "test_step", "predict_step"})
UNKNOWN = ""
_COMPILED = tuple((re.compile(pattern, re.S), code) for pattern, code in PATTERNS)


def explain(
    kind: str, message: str, functions: Iterable[str] = (), line: str = "", raised_in: str = ""
) -> str | None:
    """The code of the rule that the error speaks of; `None` where it is not known.

    `functions` are those of the project that the error passed through, `line` is the code of its
    innermost line there, and `raised_in` the function that raised it.
    """
    if OWN_STEPS.intersection(functions):
        return "KS304"
    if kind == "NotImplementedError" and raised_in in ("add_loss", "add_metric"):
        return "KS305"
    if "requires grad" in message and ".numpy(" in line:
        return "KS204"
    text = f"{kind}: {message}"
    known = _by_words(text, BEFORE)
    if known is not UNKNOWN:
        return known
    for use in (_missing_name(message), *_missing_members(message)):
        code = _code_for(use) if use else None
        if code is not None:
            return code
    known = _by_words(text, _COMPILED)
    return None if known is UNKNOWN else known


def _by_words(text: str, patterns: Iterable[tuple[re.Pattern[str], str | None]]) -> str | None:
    return next((code for pattern, code in patterns if pattern.search(text)), UNKNOWN)


MISSING = (
    (
        re.compile(r"module '(?P<module>keras[\w.]*)' has no attribute '(?P<name>\w+)'"),
        "import {0}",
    ),
    (
        re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>keras[\w.]*)'"),
        "from {0} import {1}",
    ),
    (re.compile(r"No module named '(?P<module>[\w.]*)(?P<name>)'"), "import {0}"),
)
BEFORE = tuple(pair for pair in _COMPILED if pair[1] in (None, "KS106", "KS102", "KS406", "KS602"))
"""What is known by its words although it names what is missing."""
MEMBER = re.compile(r"'(?P<kind>\w+)' object has no attribute '(?P<name>\w+)'")
KINDS = ("Model", "layers.Layer", "optimizers.Optimizer", "metrics.Metric", "callbacks.Callback")
MODULES = ("", "layers.", "optimizers.", "metrics.", "callbacks.", "losses.")
INNER = re.compile(r"\b(?:api\.|src\.|_tf_keras\.keras\.?)")
"""What Keras puts between itself and the public path of a module."""


def _missing_name(message: str) -> str:
    """Code that uses the name which the error misses; empty where it misses none of Keras."""
    for pattern, statement in MISSING:
        match = pattern.search(message)
        if match:
            module = INNER.sub("", match["module"]).rstrip(".")
            name = match["name"]
            if statement.startswith("from"):
                return f"{statement.format(module, name)}\nprint({name})\n"
            return f"import {module}\nprint({'.'.join(filter(None, (module, name)))})\n"
    return ""


def _missing_members(message: str) -> Iterable[str]:
    """Code that uses the attribute which the error misses, on each kind of thing it may be of."""
    match = MEMBER.search(message)
    if match is None:
        return
    kind, name = match["kind"], match["name"]
    known = [f"{module}{kind}" for module in MODULES if exists(f"keras.{module}{kind}")]
    for path in known or KINDS:
        yield f"import keras\nthing = keras.{path}()\nthing.{name}()\n"


@cache
def _code_for(source: str) -> str | None:
    unit = python_unit("name.py", source.encode())
    codes = [issue.code for issue in analyse_units({unit.path: unit}).issues]
    return next((code for code in codes if code != "KS101"), None)
