"""Saved models of Keras 2: found, converted to `.keras` files of Keras 3, and proven equal."""
