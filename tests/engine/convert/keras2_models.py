"""Writes models of many kinds as Keras 2 does, for the tests and the benchmark of conversion.

    python keras2_models.py FOLDER FORMAT[,FORMAT…] [NAME …]

Formats are `h5`, `keras`, `savedmodel` and `checkpoint`. Stand-alone: imports `tf_keras` alone. The
functions also build the models for `--code`: with `tf_keras` under the name of `keras`.
"""
from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

layers = keras.layers
SMALL = 500
"""Larger kernels would drive deep models into saturation, where outputs show nothing."""


def dense() -> Any:
    return keras.Sequential([layers.Dense(8, activation="relu", input_shape=(6,)), layers.Dense(2)])


def conv2d() -> Any:
    return keras.Sequential(
        [
            layers.Conv2D(4, 3, strides=2, input_shape=(12, 12, 3)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def batch_norm() -> Any:
    x = keras.Input((8, 8, 3))
    y = layers.BatchNormalization()(layers.Conv2D(4, 3, use_bias=False)(x))
    return keras.Model(x, layers.GlobalAveragePooling2D()(layers.Activation("relu")(y)))


def embedding() -> Any:
    return keras.Sequential(
        [
            layers.Embedding(20, 5, input_length=7, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )


def lstm() -> Any:
    return keras.Sequential(
        [layers.LSTM(4, return_sequences=True, input_shape=(6, 3)), layers.LSTM(3)]
    )


def gru() -> Any:
    return keras.Sequential([layers.GRU(4, input_shape=(6, 3)), layers.Dense(2)])


def simple_rnn() -> Any:
    return keras.Sequential([layers.SimpleRNN(4, input_shape=(6, 3)), layers.Dense(2)])


def bidirectional() -> Any:
    x = keras.Input((6, 3))
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    return keras.Model(x, layers.Bidirectional(layers.GRU(3), merge_mode="sum")(y))


def conv_lstm() -> Any:
    return keras.Sequential([layers.ConvLSTM2D(2, 3, input_shape=(4, 8, 8, 3))])


def hard_sigmoid() -> Any:
    x = keras.Input((6, 3))
    y = layers.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True)(x)
    y = layers.GRU(4, recurrent_activation="hard_sigmoid")(y)
    y = layers.Dense(5, activation="hard_sigmoid")(y)
    return keras.Model(x, layers.Activation("hard_sigmoid")(y))


def depthwise() -> Any:
    x = keras.Input((10, 10, 3))
    return keras.Model(x, layers.DepthwiseConv2D(3, depth_multiplier=2)(x))


def separable() -> Any:
    x = keras.Input((10, 10, 3))
    return keras.Model(x, layers.SeparableConv2D(4, 3, activation="relu")(x))


def transposed() -> Any:
    x = keras.Input((6, 6, 3))
    return keras.Model(x, layers.Conv2DTranspose(4, 3, strides=2)(x))


def attention() -> Any:
    x = keras.Input((6, 8))
    y = layers.MultiHeadAttention(2, 4)(x, x)
    y = layers.LayerNormalization()(layers.Add()([x, y]))
    return keras.Model(x, layers.Attention()([y, x]))


def augmentation() -> Any:
    x = keras.Input((16, 16, 3))
    y = layers.RandomFlip("horizontal")(layers.Rescaling(1 / 255)(x))
    y = layers.RandomRotation(0.1)(layers.RandomZoom(0.1)(y))
    return keras.Model(x, layers.Conv2D(2, 3)(layers.Resizing(12, 12)(y)))


def normalization() -> Any:
    layer = layers.Normalization()
    layer.adapt(np.random.RandomState(0).rand(32, 5).astype("float32") * 4)
    x = keras.Input((5,))
    return keras.Model(x, layers.Dense(2)(layer(x)))


def leaky_relu() -> Any:
    return keras.Sequential(
        [
            layers.Dense(4, input_shape=(6,)),
            layers.LeakyReLU(alpha=0.2),
            layers.PReLU(),
            layers.ELU(),
            layers.ThresholdedReLU(0.1),
        ]
    )


def time_distributed() -> Any:
    x = keras.Input((5, 8, 8, 3))
    y = layers.TimeDistributed(layers.Conv2D(2, 3))(x)
    return keras.Model(x, layers.TimeDistributed(layers.Flatten())(y))


def nested() -> Any:
    first = layers.Dense(4, activation="relu", input_shape=(6,))
    inner = keras.Sequential([first, layers.Dense(3)])
    a, b = keras.Input((6,)), keras.Input((6,))
    block_in = keras.Input((3,))
    block = keras.Model(block_in, layers.Dense(3)(block_in) * 2.0, name="block")
    return keras.Model([a, b], layers.Concatenate()([block(inner(a)), block(inner(b))]))


def operations() -> Any:
    x = keras.Input((6,))
    y = layers.Dense(4, activation="tanh")(x)
    z = tf.concat([y, 2.0 - y], axis=-1)[:, 1:7:2]
    z = tf.reduce_mean(z * x[:, :3], axis=1, keepdims=True)
    z = tf.nn.relu(tf.reshape(tf.expand_dims(z, -1), (-1, 1))) ** 2
    s, t = tf.split(y, 2, axis=1)
    return keras.Model(x, [tf.sqrt(tf.abs(z)) + 1.0, tf.maximum(s, t) - tf.square(s)])


def many_ends() -> Any:
    a, b = keras.Input((6,), name="a"), keras.Input((4, 3), name="b")
    h, c = layers.Dense(5)(a), layers.Dense(5)(a)
    y = layers.LSTM(5)(b, initial_state=[h, c])
    shared = layers.Dense(2, name="shared")
    return keras.Model({"a": a, "b": b}, {"first": shared(y), "second": shared(h)})


def slashed() -> Any:
    x = keras.Input((6,), name="given")
    y = layers.Dense(3, name="block/dense")(x)
    return keras.Model(x, layers.Dense(2, name="block/out")(y), name="a/b")


def resnet50() -> Any:
    return keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=5)


def mobilenet() -> Any:
    return keras.applications.MobileNet(weights=None, input_shape=(32, 32, 3), classes=5)


KINDS: dict[str, Callable[[], Any]] = {
    f.__name__: f
    for f in (
        *(dense, conv2d, batch_norm, embedding, lstm, gru, simple_rnn, bidirectional, conv_lstm),
        *(hard_sigmoid, depthwise, separable, transposed, attention, augmentation, normalization),
        *(leaky_relu, time_distributed, nested, operations, many_ends, slashed),
        *(resnet50, mobilenet),
    )
}


def uneven(model: Any) -> Any:
    """The model with no weight at its first value: zeros would not show where they went wrong."""
    random = np.random.RandomState(3)
    for weight in model.weights:
        value = weight.numpy()
        if "float" in weight.dtype.name and (value.ndim < 2 or value.size < SMALL):
            weight.assign(value + 0.1 * random.rand(*value.shape).astype("float32"))
    return model


def save(model: Any, folder: Path, name: str, form: str) -> None:
    if form == "checkpoint":
        model.save_weights(folder / name / "weights", save_format="tf")
    elif form == "savedmodel":
        model.save(folder / name, save_format="tf")
    else:
        model.save(folder / f"{name}.{form}")


def main() -> None:
    folder, forms, *names = sys.argv[1:]
    for name in names or KINDS:
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        model = uneven(KINDS[name]())
        for form in forms.split(","):
            target = Path(folder) / form
            target.mkdir(parents=True, exist_ok=True)
            try:
                save(model, target, name, form)
            except Exception as error:
                print(f"{name} as {form}: {type(error).__name__}: {error}"[:300], file=sys.stderr)


if __name__ == "__main__":
    main()
