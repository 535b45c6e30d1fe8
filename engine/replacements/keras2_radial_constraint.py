"""RadialConstraint of Keras 2, written for Keras 3 on every backend.

Kerashift put this file here, because Keras 3 has no such constraint; it is yours to change.
"""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras2")
class RadialConstraint(keras.constraints.Constraint):
    """Makes a square kernel `(size, size, channels, filters)` the same all around its centre.

    Every ring gets the value that stands on its lower diagonal; the centre of an odd kernel gets
    the value up and left of it, as in Keras 2.
    """

    def __call__(self, w):
        if len(w.shape) != 4 or w.shape[0] != w.shape[1]:
            raise ValueError(f"the kernel must be square and have four axes, not {tuple(w.shape)}")
        size = w.shape[0]
        flat = ops.reshape(w, (size * size, *w.shape[2:]))
        diagonal = _diagonal(size) * (size + 1)
        return ops.reshape(ops.take(flat, diagonal.reshape(-1), axis=0), tuple(w.shape))


radial_constraint = RadialConstraint


def _diagonal(size):
    """For each place of the kernel, the place on the diagonal that its ring is read from."""
    half = size // 2
    offset = np.arange(size) - (size - 1) / 2
    ring = np.maximum(np.abs(offset)[:, None], np.abs(offset)[None, :])
    ring = np.ceil(ring).astype("int32") - (1 - size % 2)  # 0 at the centre
    if size % 2:
        return np.where(ring == 0, half - 1, half + ring - 1)
    return np.where(ring == 0, half - 1, half + ring)
