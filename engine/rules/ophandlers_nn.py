"""Handlers of the op tables for convolutions, pooling and images."""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_LAST = ("NHWC", "NWC", "NDHWC", "channels_last", None)
_PADDINGS = ("same", "valid")
_POOLS = {"max": "keras.ops.max_pool", "avg": "keras.ops.average_pool"}
_UNEVEN = "With padding 'same' and an uneven border PyTorch averages other cells."


def channels_last(plan: Rewrite) -> None:
    """Only the layout with the channels last is rewritten, by name."""
    layout = plan.given.get("data_format")
    if layout is not None:
        if plan.literal(layout) not in _LAST:
            raise Unsupported("only the channels-last layout is rewritten")
        plan.drop("data_format")


def conv_padding(plan: Rewrite) -> Fix | None:
    """Explicit padding lists have no counterpart; `NHWC` is the only layout rewritten."""
    padding = plan.given.get("padding")
    if padding is not None and isinstance(padding.value, ast.List | ast.Tuple):
        raise Unsupported("explicit padding needs `keras.ops.pad` before a 'valid' convolution")
    channels_last(plan)
    plan.editor.add('data_format="channels_last"')
    return None


def average_pool(plan: Rewrite) -> Fix | None:
    """With padding, PyTorch may count cells beyond the border."""
    padding = plan.given.get("padding")
    if padding is None or str(_known(plan, "padding")).lower() != "valid":
        plan.review(_UNEVEN)
    return conv_padding(plan)


def _known(plan: Rewrite, name: str) -> object:
    """An argument's value where it is written out, else None."""
    try:
        return plan.literal(plan.given[name])
    except (KeyError, Unsupported):
        return None


def backend_conv(plan: Rewrite) -> Fix | None:
    """The Keras 2 backend knows a 'causal' padding as well."""
    if "padding" in plan.given and _known(plan, "padding") not in _PADDINGS:
        raise Unsupported("only the paddings 'same' and 'valid' are rewritten")
    return None


def backend_pool(plan: Rewrite) -> Fix | None:
    """`pool_mode` chooses the function."""
    mode = _known(plan, "pool_mode") if "pool_mode" in plan.given else "max"
    if mode not in _POOLS:
        raise Unsupported("the kind of pooling is not written out")
    plan.to = _POOLS[str(mode)]
    plan.drop("pool_mode")
    if mode == "avg" and "padding" in plan.given and _known(plan, "padding") != "valid":
        plan.review(_UNEVEN)
    return backend_conv(plan)


def conv_transpose(plan: Rewrite) -> Fix | None:
    """The size of the result follows from strides and padding."""
    plan.drop("output_shape")
    plan.review(
        "`output_shape` must be what strides and padding give by themselves (with 'same': the "
        "input's size times the strides); for another size pass `output_padding`."
    )
    return None if plan.row.name.startswith("keras.") else conv_padding(plan)


def resize(plan: Rewrite) -> Fix | None:
    """The method is a name; only two are the same everywhere."""
    method = plan.given.get("method")
    if method is None:
        return None
    name = _known(plan, "method")
    if isinstance(method.value, ast.Attribute):
        name = method.value.attr.lower()
        name = {"nearest_neighbor": "nearest"}.get(name, name)
    if name not in ("bilinear", "nearest"):
        raise Unsupported("only 'bilinear' and 'nearest' give the same on every backend")
    plan.editor.set_value(method, f'"{name}"')
    return None


def resize_images(plan: Rewrite) -> Fix | None:
    """Whole factors repeat rows and columns."""
    if _known(plan, "data_format") != "channels_last":
        raise Unsupported("only the channels-last layout is rewritten")
    if "interpolation" in plan.given and _known(plan, "interpolation") != "nearest":
        raise Unsupported("use `keras.ops.image.resize`, which takes the new size")
    return plan.replace_call(plan.row.template)


def spatial_padding(plan: Rewrite) -> Fix | None:
    """Pairs for the axes between the batch and the channels."""
    if "data_format" in plan.given:
        channels_last(plan)
    else:
        plan.review("Right for images with the channels last.")
    pairs: object = ((1, 1),) * (3 if "3d" in plan.row.name else 2)
    if "padding" in plan.given:
        pairs = plan.literal(plan.given["padding"])
    assert isinstance(pairs, list | tuple)
    text = ", ".join(str(tuple(pair)) for pair in pairs)
    return plan.replace_call(f"keras.ops.pad({{x}}, ((0, 0), {text}, (0, 0)))")


def rotate(plan: Rewrite) -> Fix | None:
    """A quarter turn is a transposition and a flip; `keras.ops.rot90` is wrong on TensorFlow."""
    turns = plan.literal(plan.given["k"]) if "k" in plan.given else 1
    if not isinstance(turns, int):
        raise Unsupported("the number of turns is not written out")
    turned = "keras.ops.swapaxes({image}, -3, -2)"
    texts = {
        0: "{image}",
        1: f"keras.ops.flip({turned}, axis=-3)",
        2: "keras.ops.flip({image}, axis=(-3, -2))",
        3: f"keras.ops.flip({turned}, axis=-2)",
    }
    return plan.replace_call(texts[turns % 4])


def frame(plan: Rewrite) -> Fix | None:
    """Frames of the last axis, without a padded end."""
    if "pad_end" in plan.given and _known(plan, "pad_end") is not False:
        raise Unsupported("`pad_end` has no counterpart; pad with `keras.ops.pad` first")
    if "axis" in plan.given and _known(plan, "axis") != -1:
        raise Unsupported("only the last axis is cut")
    for name in ("pad_end", "pad_value", "axis"):
        plan.drop(name)
    return None


def stft(plan: Rewrite) -> Fix | None:
    """The window of TensorFlow's default is Keras's `hann`; the ends are not padded."""
    if "window_fn" in plan.given:
        raise Unsupported("another window goes to keras.ops.stft as `window`")
    if "pad_end" in plan.given and _known(plan, "pad_end") is not False:
        raise Unsupported("`pad_end` has no counterpart; pad with `keras.ops.pad` first")
    if "fft_length" not in plan.given:
        raise Unsupported("give `fft_length`: TensorFlow takes the next power of two")
    length = _known(plan, "frame_length")
    if length is None or _known(plan, "fft_length") != length:
        raise Unsupported("frames of another length than `fft_length` are cut otherwise")
    return None


NN: dict[str, Handler] = {
    "average_pool": average_pool,
    "backend_conv": backend_conv,
    "backend_pool": backend_pool,
    "conv_padding": conv_padding,
    "conv_transpose": conv_transpose,
    "frame": frame,
    "resize": resize,
    "rotate": rotate,
    "resize_images": resize_images,
    "spatial_padding": spatial_padding,
    "stft": stft,
}
