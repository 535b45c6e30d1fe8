import numpy as np
import tensorflow as tf
from tensorflow import keras

from model import GAN, make_discriminator, make_generator
from monitor import GANMonitor

IMAGE_SIZE = 16
LATENT_DIM = 24
BATCH_SIZE = 16
EPOCHS = 2


def make_faces(count, size):
    """Round light shapes on a dark ground."""
    rng = np.random.default_rng(0)
    grid = np.linspace(-1.0, 1.0, size)
    x, y = np.meshgrid(grid, grid)
    centers = rng.uniform(-0.4, 0.4, (count, 2))
    radius = rng.uniform(0.3, 0.6, (count, 1, 1))
    distance = np.hypot(x - centers[:, :1, None], y - centers[:, 1:, None])
    shapes = 1.0 / (1.0 + np.exp((distance - radius) * 12.0))
    colors = rng.uniform(0.4, 1.0, (count, 1, 1, 3))
    return (shapes[..., None] * colors * 255.0).astype("float32")


def main():
    images = make_faces(128, IMAGE_SIZE)
    dataset = tf.data.Dataset.from_tensor_slices(images)
    dataset = dataset.shuffle(128).batch(BATCH_SIZE, drop_remainder=True)
    dataset = dataset.map(lambda x: x / 255.0).prefetch(tf.data.AUTOTUNE)

    gan = GAN(
        discriminator=make_discriminator(IMAGE_SIZE),
        generator=make_generator(LATENT_DIM),
        latent_dim=LATENT_DIM,
    )
    gan.compile(
        d_optimizer=keras.optimizers.Adam(learning_rate=0.0001),
        g_optimizer=keras.optimizers.Adam(learning_rate=0.0001),
        loss_fn=keras.losses.BinaryCrossentropy(),
    )
    gan.fit(
        dataset,
        epochs=EPOCHS,
        callbacks=[GANMonitor(num_img=3, latent_dim=LATENT_DIM)],
    )
    gan.generator.save_weights("generator.h5")


if __name__ == "__main__":
    main()
