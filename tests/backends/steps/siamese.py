"""A siamese network with a triplet loss: its data are three images, none of them a label."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, metrics


class DistanceLayer(layers.Layer):
    """The distances from the anchor to the positive and to the negative."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def call(self, anchor, positive, negative):
        ap_distance = tf.reduce_sum(tf.square(anchor - positive), -1)
        an_distance = tf.reduce_sum(tf.square(anchor - negative), -1)
        return (ap_distance, an_distance)


class SiameseModel(keras.Model):
    """L(A, P, N) = max(‖f(A) - f(P)‖² - ‖f(A) - f(N)‖² + margin, 0)"""

    def __init__(self, siamese_network, margin=0.5):
        super().__init__()
        self.siamese_network = siamese_network
        self.margin = margin
        self.loss_tracker = metrics.Mean(name="loss")

    def call(self, inputs):
        return self.siamese_network(inputs)

    def train_step(self, data):
        # The tape records every operation inside its block.
        with tf.GradientTape() as tape:
            loss = self._compute_loss(data)

        # The gradients of the loss with respect to the weights.
        gradients = tape.gradient(loss, self.siamese_network.trainable_weights)

        # Applying the gradients on the model using the specified optimizer
        self.optimizer.apply_gradients(zip(gradients, self.siamese_network.trainable_weights))

        # Let's update and return the training loss metric.
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data):
        loss = self._compute_loss(data)
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def _compute_loss(self, data):
        # The output of the network is a tuple of the two distances.
        ap_distance, an_distance = self.siamese_network(data)
        loss = ap_distance - an_distance
        loss = tf.maximum(loss + self.margin, 0.0)
        return loss

    @property
    def metrics(self):
        # Listed here so that they are reset at the start of each epoch.
        return [self.loss_tracker]


def make(random):
    embedding = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(4, use_bias=False)],
        name="embedding",
    )
    anchor, positive, negative = (keras.Input((6,)) for _ in range(3))
    distances = DistanceLayer()(embedding(anchor), embedding(positive), embedding(negative))
    network = keras.Model(inputs=[anchor, positive, negative], outputs=distances)
    model = SiameseModel(network)
    model.compile(optimizer=keras.optimizers.Adam(0.001))
    images = random.normal(size=(3, 8, 6)).astype("float32")
    return model, [embedding], tuple(images)
