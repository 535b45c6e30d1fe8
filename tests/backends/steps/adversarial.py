"""Adversarial regularisation: gradients for the input make a second batch that is trained on."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class RobustModel(keras.Model):
    def __init__(self, network, epsilon=0.05, weight=0.5):
        super().__init__()
        self.network = network
        self.epsilon = epsilon
        self.weight = weight

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)

    def perturb(self, x, y):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = self.compute_loss(y=y, y_pred=self(x, training=False))
        signed = tf.sign(tape.gradient(loss, x))
        return tf.stop_gradient(x + self.epsilon * signed)

    @tf.function
    def train_step(self, data):
        x, y = data
        attacked = self.perturb(x, y)
        losses = {}
        with tf.GradientTape(persistent=True) as tape:
            clean = self(x, training=True)
            losses["clean"] = self.weight * self.compute_loss(y=y, y_pred=clean)
            losses["attacked"] = self.compute_loss(y=y, y_pred=self(attacked, training=True))
            total = losses["clean"] + losses["attacked"]
        weights = self.network.trainable_variables
        gradients = [tf.clip_by_norm(g, 1.0) for g in tape.gradient(total, weights)]
        self.optimizer.apply_gradients(zip(gradients, weights))
        del tape
        return {"total": total, **losses}


def make(random):
    network = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(3)]
    )
    model = RobustModel(network)
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    x = random.normal(size=(8, 6)).astype("float32")
    y = random.randint(0, 3, size=(8,))
    return model, [network], (x, y)
