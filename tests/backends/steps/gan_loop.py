"""A GAN in a loop of one's own: functions of the module, two tapes in one `with`."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
generator = keras.Sequential(
    [
        keras.Input((4,)),
        layers.Dense(8, use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Dense(6, activation="tanh"),
    ]
)
discriminator = keras.Sequential(
    [keras.Input((6,)), layers.Dense(8), layers.LeakyReLU(), layers.Dense(1)]
)
generator_optimizer = tf.keras.optimizers.Adam(1e-4)
discriminator_optimizer = tf.keras.optimizers.Adam(1e-4)


def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output), real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    total_loss = real_loss + fake_loss
    return total_loss


def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), fake_output)


# Notice the use of `tf.function`
# This annotation causes the function to be "compiled".
@tf.function
def train_step(images, noise):
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(noise, training=True)

        real_output = discriminator(images, training=True)
        fake_output = discriminator(generated_images, training=True)

        gen_loss = generator_loss(fake_output)
        disc_loss = discriminator_loss(real_output, fake_output)

    gradients_of_generator = gen_tape.gradient(gen_loss, generator.trainable_variables)
    gradients_of_discriminator = disc_tape.gradient(
        disc_loss, discriminator.trainable_variables
    )

    generator_optimizer.apply_gradients(
        zip(gradients_of_generator, generator.trainable_variables)
    )
    discriminator_optimizer.apply_gradients(
        zip(gradients_of_discriminator, discriminator.trainable_variables)
    )
    return gen_loss, disc_loss


class Loop:
    def fit(self, dataset, epochs, verbose):
        losses = []
        for epoch in range(epochs):
            for image_batch, noise in dataset:
                losses.append([float(loss) for loss in train_step(image_batch, noise)])
        self.history = {"losses": losses}
        return self


def make(random):
    images = random.normal(size=(8, 6)).astype("float32")
    noise = random.normal(size=(8, 4)).astype("float32")
    return Loop(), [generator, discriminator], (images, noise)
