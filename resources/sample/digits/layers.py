"""Custom layers of the digit classifier."""
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Dense, Layer


class ChannelGate(Layer):
    """Weighs each feature map by a learned gate and a learned scale."""

    def __init__(self, **kwargs):
        super(ChannelGate, self).__init__(**kwargs)
        self.gate = None

    def build(self, input_shape):
        channels = input_shape[-1]
        self.scale = self.add_weight("scale", (channels,), initializer="ones")
        self.gate = Dense(channels, activation="sigmoid")
        self.gate.build((input_shape[0], channels))
        super(ChannelGate, self).build(input_shape)

    def call(self, inputs):
        summary = K.mean(inputs, axis=[1, 2])
        gate = self.gate(summary) * self.scale
        return inputs * K.expand_dims(K.expand_dims(gate, axis=1), axis=1)


class FeatureNoise(Layer):
    """Adds white noise while training."""

    def __init__(self, stddev=0.1, **kwargs):
        super(FeatureNoise, self).__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs, training=None):
        if not training:
            return inputs
        noise = tf.random.normal(tf.shape(inputs), mean=0.0, stddev=self.stddev)
        return inputs + noise

    def get_config(self):
        config = super(FeatureNoise, self).get_config()
        config["stddev"] = self.stddev
        return config


class Temperature(Layer):
    """Divides the logits by a learned temperature."""

    def __init__(self, initial=1.0, **kwargs):
        super(Temperature, self).__init__(**kwargs)
        self.initial = initial
        self.temperature = tf.Variable(
            initial, trainable=True, dtype=tf.float32, name="temperature"
        )

    def call(self, inputs):
        # A temperature of zero would blow up the logits.
        return tf.divide(inputs, tf.maximum(self.temperature, K.epsilon()))

    def get_config(self):
        config = super(Temperature, self).get_config()
        config["initial"] = self.initial
        return config
