"""MeanRelativeError and MeanTensor of Keras 2, written for Keras 3 on every backend.

Kerashift put this file here, because Keras 3 has no such metrics; it is yours to change.
"""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras2")
class MeanRelativeError(keras.metrics.Mean):
    """The mean of `|y_true - y_pred| / normalizer`, 0 where the normalizer is 0.

    `normalizer` must have the shape of the predictions, or one that is spread over them.
    """

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name=name or "mean_relative_error", dtype=dtype)
        self.normalizer = ops.convert_to_numpy(normalizer)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype)
        normalizer = ops.cast(self.normalizer, self.dtype)
        error = ops.divide_no_nan(ops.abs(y_true - y_pred), normalizer)
        return super().update_state(error, sample_weight=sample_weight)

    def get_config(self):
        return {**super().get_config(), "normalizer": np.asarray(self.normalizer).tolist()}


@keras.saving.register_keras_serializable(package="keras2")
class MeanTensor(keras.metrics.Metric):
    """The element-wise mean of tensors of one shape.

    Give `shape` where the metric is used in compiled code: its state cannot be made there.
    """

    def __init__(self, name="mean_tensor", dtype=None, shape=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.count = None
        if shape is not None:
            self._build(tuple(shape))

    def _build(self, shape):
        self.total = self.add_variable(shape, initializer="zeros", name="total")
        self.count = self.add_variable(shape, initializer="zeros", name="count")

    def update_state(self, values, sample_weight=None):
        values = ops.cast(values, self.dtype)
        if self.total is None:
            self._build(tuple(values.shape))
        elif tuple(values.shape) != tuple(self.total.shape):
            raise ValueError(f"values must have the shape {self.total.shape}, not {values.shape}")
        weights = ops.ones_like(values)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, self.dtype)
            missing = len(values.shape) - len(sample_weight.shape)
            sample_weight = ops.reshape(sample_weight, (*sample_weight.shape, *(1,) * missing))
            weights = weights * sample_weight
        self.total.assign_add(values * weights)
        self.count.assign_add(weights)

    def result(self):
        if self.total is None:
            raise ValueError("MeanTensor has no value before the first update")
        return ops.divide_no_nan(self.total, self.count)

    def get_config(self):
        shape = None if self.total is None else tuple(self.total.shape)
        return {**super().get_config(), "shape": shape}
