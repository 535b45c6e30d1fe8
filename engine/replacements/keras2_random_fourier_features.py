"""RandomFourierFeatures of Keras 2, written for Keras 3 on every backend.

Maps inputs to random cosine features that approximate a shift-invariant kernel (Rahimi and Recht,
2007). Kerashift put this file here, because Keras 3 has no such layer; it is yours to change. With
the weights of the Keras 2 layer it gives the same numbers.
"""

import math

import keras
import numpy as np
from keras import ops

_KERNELS = ("gaussian", "laplacian")


@keras.saving.register_keras_serializable(package="keras2")
class RandomFourierFeatures(keras.layers.Layer):
    """`cos(inputs @ kernel / scale + bias)` with a fixed random kernel and bias.

    Inputs have the shape `(batch, features)`. Only the scale is trained, and only with
    `trainable=True`.
    """

    def __init__(
        self,
        output_dim,
        kernel_initializer="gaussian",
        scale=None,
        trainable=False,
        name=None,
        **kwargs,
    ):
        if output_dim <= 0:
            raise ValueError(f"output_dim must be positive, not {output_dim}")
        if isinstance(kernel_initializer, str) and kernel_initializer.lower() not in _KERNELS:
            raise ValueError(f"kernel_initializer must be one of {_KERNELS}")
        if scale is not None and scale <= 0.0:
            raise ValueError(f"scale must be positive, not {scale}")
        super().__init__(trainable=trainable, name=name, **kwargs)
        self.output_dim = output_dim
        self.kernel_initializer = kernel_initializer
        self.scale = scale

    def build(self, input_shape):
        if len(input_shape) != 2 or input_shape[1] is None:
            raise ValueError(f"inputs must have the shape (batch, features), not {input_shape}")
        features = input_shape[1]
        self.input_spec = keras.layers.InputSpec(ndim=2, axes={1: features})
        self.unscaled_kernel = self.add_weight(
            name="unscaled_kernel",
            shape=(features, self.output_dim),
            dtype="float32",
            initializer=self._initializer((features, self.output_dim)),
            trainable=False,
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(self.output_dim,),
            dtype="float32",
            initializer=keras.initializers.RandomUniform(minval=0.0, maxval=2 * math.pi),
            trainable=False,
        )
        if self.scale is None:
            self.scale = math.sqrt(features / 2.0) if self._is("gaussian") else 1.0
        self.kernel_scale = self.add_weight(
            name="kernel_scale",
            shape=(1,),
            dtype="float32",
            initializer=keras.initializers.Constant(self.scale),
            constraint=keras.constraints.NonNeg(),
        )

    def call(self, inputs):
        inputs = ops.cast(inputs, "float32")
        kernel = (1.0 / self.kernel_scale) * self.unscaled_kernel
        return ops.cos(ops.matmul(inputs, kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)

    def get_config(self):
        initializer = self.kernel_initializer
        if not isinstance(initializer, str):
            initializer = keras.initializers.serialize(initializer)
        return {
            **super().get_config(),
            "output_dim": self.output_dim,
            "kernel_initializer": initializer,
            "scale": self.scale,
        }

    def _is(self, kernel):
        return (
            isinstance(self.kernel_initializer, str) and self.kernel_initializer.lower() == kernel
        )

    def _initializer(self, shape):
        if self._is("gaussian"):
            return keras.initializers.RandomNormal(stddev=1.0)
        if self._is("laplacian"):
            uniform = np.random.uniform(size=shape)
            return keras.initializers.Constant(np.tan(np.pi * (uniform - 0.5)))
        return keras.initializers.get(self.kernel_initializer)
