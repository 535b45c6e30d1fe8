"""Image to image: two tapes in one `with`, four results, and a generator that starts from noise."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

LAMBDA = 100
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


class Pix2Pix(keras.Model):
    def __init__(self, generator, discriminator, **kwargs):
        super(Pix2Pix, self).__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.generator_optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)
        self.discriminator_optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)

    def generator_loss(self, judged, generated, target):
        gan_loss = cross_entropy(tf.ones_like(judged), judged)
        l1_loss = tf.reduce_mean(tf.abs(target - generated))
        return gan_loss + LAMBDA * l1_loss, gan_loss, l1_loss

    def train_step(self, batch):
        input_image, target = batch
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            generated = self.generator(input_image, training=True)

            judged_real = self.discriminator([input_image, target], training=True)
            judged_fake = self.discriminator([input_image, generated], training=True)

            gen_total_loss, gen_gan_loss, gen_l1_loss = self.generator_loss(
                judged_fake, generated, target
            )
            disc_loss = cross_entropy(tf.ones_like(judged_real), judged_real)
            disc_loss += cross_entropy(tf.zeros_like(judged_fake), judged_fake)

        generator_gradients = gen_tape.gradient(gen_total_loss, self.generator.trainable_variables)
        discriminator_gradients = disc_tape.gradient(
            disc_loss, self.discriminator.trainable_variables
        )
        self.generator_optimizer.apply_gradients(
            zip(generator_gradients, self.generator.trainable_variables)
        )
        self.discriminator_optimizer.apply_gradients(
            zip(discriminator_gradients, self.discriminator.trainable_variables)
        )
        return {"gan": gen_gan_loss, "l1": gen_l1_loss, "disc": disc_loss}


def make(random):
    generator = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(6)]
    )
    image, target = keras.Input((6,)), keras.Input((6,))
    joined = layers.Concatenate()([image, target])
    joined = layers.Dense(8, activation="tanh")(joined)
    discriminator = keras.Model([image, target], layers.Dense(1)(joined))
    model = Pix2Pix(generator, discriminator)
    model.compile()
    images = random.normal(size=(2, 8, 6)).astype("float32")
    return model, [generator, discriminator], tuple(images)
