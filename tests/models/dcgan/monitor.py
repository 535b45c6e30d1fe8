"""A callback that saves what the generator draws after each epoch."""
import os

import tensorflow as tf
from tensorflow import keras


class GANMonitor(keras.callbacks.Callback):
    def __init__(self, num_img=3, latent_dim=128, folder="generated"):
        self.num_img = num_img
        self.latent_dim = latent_dim
        self.folder = folder

    def on_epoch_end(self, epoch, logs=None):
        os.makedirs(self.folder, exist_ok=True)
        random_latent_vectors = tf.random.normal(shape=(self.num_img, self.latent_dim))
        generated_images = self.model.generator(random_latent_vectors)
        generated_images *= 255
        generated_images = generated_images.numpy()
        for i in range(self.num_img):
            img = keras.preprocessing.image.array_to_img(generated_images[i])
            img.save(os.path.join(self.folder, "generated_img_%03d_%d.png" % (epoch, i)))
