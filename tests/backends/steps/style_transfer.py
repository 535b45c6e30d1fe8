"""Neural style transfer: the image is what is trained, and the network stays as it is."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

style_layers = ["style_1", "style_2"]


def vgg_layers(layer_names):
    """Creates a small VGG that returns a list of intermediate output values."""
    vgg = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu", padding="same", name="style_1"),
            layers.AveragePooling2D(),
            layers.Conv2D(4, 3, activation="relu", padding="same", name="style_2"),
        ]
    )
    vgg.trainable = False
    outputs = [vgg.get_layer(name).output for name in layer_names]
    return tf.keras.Model(vgg.inputs, outputs)


def gram_matrix(input_tensor):
    result = tf.linalg.einsum("bijc,bijd->bcd", input_tensor, input_tensor)
    input_shape = tf.shape(input_tensor)
    num_locations = tf.cast(input_shape[1] * input_shape[2], tf.float32)
    return result / num_locations


def clip_0_1(image):
    return tf.clip_by_value(image, clip_value_min=0.0, clip_value_max=1.0)


def total_variation(image):
    x_var = image[:, :, 1:, :] - image[:, :, :-1, :]
    y_var = image[:, 1:, :, :] - image[:, :-1, :, :]
    return tf.reduce_sum(tf.abs(x_var)) + tf.reduce_sum(tf.abs(y_var))


extractor = vgg_layers(style_layers)
opt = tf.keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)
style_targets = []
image = tf.Variable(tf.fill([1, 8, 8, 3], 0.5))  # starts from grey


def style_content_loss(outputs):
    return tf.add_n(
        [
            tf.reduce_mean((gram_matrix(output) - target) ** 2)
            for output, target in zip(outputs, style_targets)
        ]
    )


@tf.function()
def train_step(image):
    with tf.GradientTape() as tape:
        outputs = extractor(image)
        loss = style_content_loss(outputs)
        loss += 0.001 * total_variation(image)

    grad = tape.gradient(loss, image)
    opt.apply_gradients([(grad, image)])
    image.assign(clip_0_1(image))
    return loss


class Loop:
    def fit(self, dataset, epochs, verbose):
        losses = []
        for style in dataset:
            style_targets[:] = [gram_matrix(output) for output in extractor(style)]
            for epoch in range(epochs):
                losses.append(float(train_step(image)))
        self.history = {"losses": losses, "image": [image.numpy()]}
        return self


def make(random):
    return Loop(), [extractor], random.uniform(size=(1, 8, 8, 3)).astype("float32")
