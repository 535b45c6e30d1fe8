"""Loss of the digit classifier."""
import tensorflow as tf
from tensorflow.keras import backend as K


class SmoothedCrossentropy(tf.keras.losses.Loss):
    """Cross-entropy with smoothed labels, for integer labels."""

    def __init__(
        self,
        classes=10,
        smoothing=0.1,
        reduction=tf.keras.losses.Reduction.AUTO,
        name="smoothed_crossentropy",
    ):
        super().__init__(reduction, name)
        self.classes = classes
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        labels = tf.cast(tf.reshape(y_true, [-1]), tf.int32)
        target = tf.one_hot(labels, depth=self.classes)
        target = target * (1.0 - self.smoothing) + self.smoothing / self.classes
        log_probability = K.log(K.clip(y_pred, K.epsilon(), 1.0))
        return -K.sum(target * log_probability, axis=-1)

    def get_config(self):
        config = super().get_config()
        config.update(classes=self.classes, smoothing=self.smoothing)
        return config
