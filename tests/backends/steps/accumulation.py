"""Gradients of several batches, added up in variables and applied together."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class AccumulatingModel(keras.Model):
    def __init__(self, network, n_gradients):
        super().__init__()
        self.network = network
        self.n_gradients = n_gradients
        self.n_acum_step = tf.Variable(0, dtype=tf.int32, trainable=False)
        self.gradient_accumulation = [
            tf.Variable(tf.zeros(v.shape, dtype=tf.float32), trainable=False)
            for v in self.network.trainable_variables
        ]

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)

    def train_step(self, data):
        self.n_acum_step.assign_add(1)
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        gradients = tape.gradient(loss, self.network.trainable_variables)
        for i in range(len(self.gradient_accumulation)):
            self.gradient_accumulation[i].assign_add(gradients[i])
        tf.cond(
            tf.equal(self.n_acum_step, self.n_gradients),
            self.apply_accu_gradients,
            lambda: None,
        )
        self.compiled_metrics.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}

    def apply_accu_gradients(self):
        self.optimizer.apply_gradients(
            zip(self.gradient_accumulation, self.network.trainable_variables)
        )
        self.n_acum_step.assign(0)
        for i in range(len(self.gradient_accumulation)):
            self.gradient_accumulation[i].assign(
                tf.zeros_like(self.network.trainable_variables[i], dtype=tf.float32)
            )


def make(random):
    network = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(1)]
    )
    model = AccumulatingModel(network, n_gradients=2)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    x = random.normal(size=(8, 6)).astype("float32")
    y = random.normal(size=(8, 1)).astype("float32")
    return model, [network], (x, y)
