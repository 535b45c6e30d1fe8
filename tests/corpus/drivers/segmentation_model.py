"""Builds a small model with the package, as its users do."""

from __future__ import annotations

import keras
import segmentation_models


def build() -> keras.Model:
    """A U-Net on ResNet18 for images of 32x32 pixels, without pretrained weights."""
    return segmentation_models.Unet(
        "resnet18", input_shape=(32, 32, 3), classes=1, encoder_weights=None
    )
