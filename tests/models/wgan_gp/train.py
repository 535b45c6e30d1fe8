import numpy as np
import tensorflow as tf
from tensorflow import keras

from networks import get_discriminator_model, get_generator_model
from wgan import WGAN, discriminator_loss, generator_loss

IMG_SHAPE = (12, 12, 1)
BATCH_SIZE = 16
NOISE_DIM = 16
EPOCHS = 1


class GANMonitor(keras.callbacks.Callback):
    def __init__(self, num_img=6, latent_dim=128):
        self.num_img = num_img
        self.latent_dim = latent_dim

    def on_epoch_end(self, epoch, logs=None):
        random_latent_vectors = tf.random.normal(shape=(self.num_img, self.latent_dim))
        generated_images = self.model.generator(random_latent_vectors)
        generated_images = (generated_images * 127.5) + 127.5

        for i in range(self.num_img):
            img = generated_images[i].numpy()
            img = keras.preprocessing.image.array_to_img(img)
            img.save("generated_img_{i}_{epoch}.png".format(i=i, epoch=epoch))


# Stripes in all directions stand for the articles of clothing
rng = np.random.RandomState(0)
grid = np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=-1)
direction = rng.normal(size=(96, 1, 1, 2))
train_images = np.sin((grid[None] * direction).sum(axis=-1)) * 127.5 + 127.5

# Reshape each sample to (12, 12, 1) and normalize the pixel values in the [-1, 1] range
train_images = train_images.reshape(train_images.shape[0], *IMG_SHAPE).astype("float32")
train_images = (train_images - 127.5) / 127.5

d_model = get_discriminator_model(IMG_SHAPE)
d_model.summary()
g_model = get_generator_model(NOISE_DIM)
g_model.summary()

# Instantiate the optimizer for both networks
# (learning_rate=0.0002, beta_1=0.5 are recommended)
generator_optimizer = keras.optimizers.Adam(
    learning_rate=0.0002, beta_1=0.5, beta_2=0.9
)
discriminator_optimizer = keras.optimizers.Adam(
    learning_rate=0.0002, beta_1=0.5, beta_2=0.9
)

cbk = GANMonitor(num_img=3, latent_dim=NOISE_DIM)

wgan = WGAN(
    discriminator=d_model,
    generator=g_model,
    latent_dim=NOISE_DIM,
    discriminator_extra_steps=3,
)
wgan.compile(
    d_optimizer=discriminator_optimizer,
    g_optimizer=generator_optimizer,
    g_loss_fn=generator_loss,
    d_loss_fn=discriminator_loss,
)

# Start training
wgan.fit(train_images, batch_size=BATCH_SIZE, epochs=EPOCHS, callbacks=[cbk])
