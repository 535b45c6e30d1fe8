"""Builds the smallest model of the package."""

from __future__ import annotations

import efficientnet.keras
import keras


def build() -> keras.Model:
    """EfficientNetB0 for images of 32x32 pixels, without pretrained weights."""
    return efficientnet.keras.EfficientNetB0(weights=None, input_shape=(32, 32, 3), classes=3)
