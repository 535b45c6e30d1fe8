"""LocallyConnected1D and LocallyConnected2D of Keras 2, written for Keras 3 on every backend.

Convolutions whose kernel is another one at each position. Kerashift put this file here, because
Keras 3 has no such layers; it is yours to change. With the weights of the Keras 2 layer (of the
same `implementation`, 1 or 2) it gives the same numbers.
"""

import itertools

import keras
import numpy as np
from keras import ops


class _LocallyConnected(keras.layers.Layer):
    """What both ranks share; `rank` is the number of spatial axes."""

    rank = None

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        implementation=1,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if implementation not in (1, 2):
            raise ValueError(f"implementation must be 1 or 2, not {implementation!r}")
        if padding == "same" and implementation == 1:
            raise ValueError("padding='same' needs implementation=2")
        self.filters = filters
        self.kernel_size = _per_axis(kernel_size, self.rank)
        self.strides = _per_axis(strides, self.rank)
        self.padding = padding.lower()
        self.data_format = data_format or keras.config.image_data_format()
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.implementation = implementation
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2)

    def build(self, input_shape):
        size, channels = self._split(input_shape)
        if channels is None or None in size:
            raise ValueError(f"all but the batch size must be known, got {input_shape}")
        self.windows = [
            _windows(*axis, self.padding == "same")
            for axis in zip(size, self.kernel_size, self.strides)
        ]
        out = tuple(len(windows) for windows in self.windows)
        if min(out) <= 0:
            raise ValueError(f"an input of shape {input_shape} is smaller than the kernel")
        if self.implementation == 1:
            shape = (int(np.prod(out)), int(np.prod(self.kernel_size)) * channels, self.filters)
            self.positions = _positions(self.windows, size)
        elif self._channels_first:
            shape = (channels, *size, self.filters, *out)
            self.mask = _mask(self.windows, size).reshape((1, *size, 1, *out))
        else:
            shape = (*size, channels, *out, self.filters)
            self.mask = _mask(self.windows, size).reshape((*size, 1, *out, 1))
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(*out, self.filters),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, inputs):
        outputs = self._patches(inputs) if self.implementation == 1 else self._masked(inputs)
        if self.bias is not None:
            bias = self.bias
            if self._channels_first:  # Keras 2 reads the numbers in this order
                bias = ops.reshape(bias, (self.filters, *(len(w) for w in self.windows)))
            outputs = outputs + ops.expand_dims(bias, 0)
        return self.activation(outputs)

    def _patches(self, inputs):
        """Each position's patch times its own kernel, of shape `(positions, patch, filters)`."""
        size, channels = self._split(inputs.shape)
        out = tuple(len(windows) for windows in self.windows)
        count, patch = self.positions.shape
        order = self.positions.reshape(-1)
        if self._channels_first:
            flat = ops.take(ops.reshape(inputs, (-1, channels, int(np.prod(size)))), order, axis=2)
            flat = ops.reshape(flat, (-1, channels, count, patch))
            flat = ops.transpose(flat, (0, 2, 1, 3))
        else:
            flat = ops.take(ops.reshape(inputs, (-1, int(np.prod(size)), channels)), order, axis=1)
        flat = ops.reshape(flat, (-1, count, patch * channels))
        outputs = ops.reshape(
            ops.einsum("bpk,pkf->bpf", flat, self.kernel), (-1, *out, self.filters)
        )
        if self._channels_first:
            outputs = ops.transpose(outputs, (0, self.rank + 1, *range(1, self.rank + 1)))
        return outputs

    def _masked(self, inputs):
        """The whole input times a kernel that is zero outside of each position's window."""
        kernel = self.kernel * ops.cast(self.mask, self.kernel.dtype)
        inner = self.rank + 1
        flat = ops.reshape(inputs, (-1, int(np.prod(inputs.shape[1:]))))
        kernel_2d = ops.reshape(kernel, (int(np.prod(kernel.shape[:inner])), -1))
        return ops.reshape(ops.matmul(flat, kernel_2d), (-1, *kernel.shape[inner:]))

    @property
    def _channels_first(self):
        return self.data_format == "channels_first"

    def _split(self, shape):
        """The spatial sizes and the channels of an input's shape."""
        if self._channels_first:
            return tuple(shape[2:]), shape[1]
        return tuple(shape[1:-1]), shape[-1]

    def compute_output_shape(self, input_shape):
        size, _ = self._split(input_shape)
        axes = zip(size, self.kernel_size, self.strides)
        out = tuple(len(_windows(*axis, self.padding == "same")) for axis in axes)
        if self._channels_first:
            return (input_shape[0], self.filters, *out)
        return (input_shape[0], *out, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": keras.regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
            "implementation": self.implementation,
        }


@keras.saving.register_keras_serializable(package="keras2")
class LocallyConnected1D(_LocallyConnected):
    """Unshared convolution over `(batch, steps, channels)`."""

    rank = 1


@keras.saving.register_keras_serializable(package="keras2")
class LocallyConnected2D(_LocallyConnected):
    """Unshared convolution over `(batch, rows, columns, channels)`."""

    rank = 2

    def __init__(self, filters, kernel_size, strides=(1, 1), *args, **kwargs):
        super().__init__(filters, kernel_size, strides, *args, **kwargs)


def _per_axis(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _windows(size, kernel, stride, same):
    """For each output position along an axis, the input positions that it sees."""
    start = -(kernel // 2) if same else 0
    count = -(-size // stride) if same else (size - kernel) // stride + 1
    return [
        [p for p in range(start + i * stride, start + i * stride + kernel) if 0 <= p < size]
        for i in range(count)
    ]


def _positions(windows, size):
    """Flat input positions of each flat output position; shape `(outputs, kernel)`."""
    return np.array(
        [
            [np.ravel_multi_index(seen, size) for seen in itertools.product(*window)]
            for window in itertools.product(*windows)
        ],
        dtype="int32",
    )


def _mask(windows, size):
    """One where an input position is seen from an output position; shape `(inputs, outputs)`."""
    window_list = list(itertools.product(*windows))
    mask = np.zeros((int(np.prod(size)), len(window_list)), dtype="float32")
    for output, window in enumerate(window_list):
        for seen in itertools.product(*window):
            mask[np.ravel_multi_index(seen, size), output] = 1.0
    return mask
