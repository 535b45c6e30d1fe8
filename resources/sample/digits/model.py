"""The network: a small convnet on 28 x 28 grey images."""
import tensorflow as tf
from tensorflow.keras import Model, layers

from layers import ChannelGate, FeatureNoise, Temperature


def conv_block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.LeakyReLU(alpha=0.1)(x)
    return layers.MaxPooling2D()(x)


def build_model(input_shape=(28, 28, 1), classes=10):
    inputs = tf.keras.Input(shape=input_shape, dtype=tf.float32, name="image")
    x = layers.experimental.preprocessing.Rescaling(1.0 / 255)(inputs)
    x = conv_block(x, 8)
    x = conv_block(x, 16)
    x = ChannelGate()(x)

    # Average and maximum of each feature map, side by side.
    average = tf.reduce_mean(x, axis=[1, 2])
    maximum = tf.reduce_max(x, axis=[1, 2])
    x = tf.concat([average, maximum], axis=-1)

    width = x.get_shape().as_list()[-1]
    x = layers.Dense(2 * width, activation=tf.nn.relu)(x)
    x = layers.ThresholdedReLU(theta=0.05)(x)
    x = FeatureNoise(0.05)(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(classes, name="head/logits")(x)
    x = Temperature()(x)
    outputs = tf.nn.softmax(x)
    return Model(inputs, outputs, name="digits")
