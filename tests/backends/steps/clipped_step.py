"""The usual step with clipped gradients, weights of samples, and layers with state and losses."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class ClippedModel(keras.Model):
    def train_step(self, data):
        # Unpack the data. Its structure depends on what is given to fit().
        if len(data) == 3:
            x, y, sample_weight = data
        else:
            sample_weight = None
            x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)  # Forward pass
            loss = self.compiled_loss(
                y,
                y_pred,
                sample_weight=sample_weight,
                regularization_losses=self.losses,
            )
        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        gradients = [tf.clip_by_value(g, -0.5, 0.5) for g in gradients]
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))
        self.compiled_metrics.update_state(y, y_pred, sample_weight=sample_weight)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        # Updates the metrics tracking the loss
        self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        self.compiled_metrics.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


def make(random):
    inputs = keras.Input(shape=(6,))
    hidden = layers.Dense(8, activation="tanh", kernel_regularizer="l2")(inputs)
    hidden = layers.BatchNormalization()(hidden)
    outputs = layers.Dense(1)(layers.ActivityRegularization(l2=0.01)(hidden))
    model = ClippedModel(inputs, outputs)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    x = random.normal(size=(16, 6)).astype("float32")
    y = random.normal(size=(16, 1)).astype("float32")
    weights = random.uniform(size=(16,)).astype("float32")
    return model, [model], (x, y, weights)
