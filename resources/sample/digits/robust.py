"""Training against small changes of the images (not used by train.py yet)."""
import tensorflow as tf


class RobustModel(tf.keras.Model):
    """A functional model that also learns from images moved along the gradient's sign."""

    epsilon = 4.0

    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = self.compiled_loss(labels, self(images, training=True))
        images = images + self.epsilon * tf.sign(tape.gradient(loss, images))

        with tf.GradientTape() as tape:
            predictions = self(images, training=True)
            loss = self.compiled_loss(labels, predictions)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.compiled_metrics.update_state(labels, predictions)
        return {metric.name: metric.result() for metric in self.metrics}
