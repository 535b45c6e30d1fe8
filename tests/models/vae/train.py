import argparse

import numpy as np
import tensorflow as tf

from model import VAE, build_decoder, build_encoder


def load_digits(count=160):
    """Bars and crosses, as images with values from 0 to 255."""
    rng = np.random.RandomState(7)
    images = np.zeros((count, 12, 12), "uint8")
    for image in images:
        row, column = rng.randint(2, 10, 2)
        if rng.rand() < 0.7:
            image[row - 1 : row + 1, 2:10] = 255
        if rng.rand() < 0.7:
            image[2:10, column - 1 : column + 1] = 255
    return images[:128], images[128:]


def main(args):
    tf.random.set_seed(42)
    x_train, x_test = load_digits()
    x_train = np.expand_dims(x_train, -1).astype("float32") / 255
    x_test = np.expand_dims(x_test, -1).astype("float32") / 255

    encoder = build_encoder(args.latent_dim)
    decoder = build_decoder(args.latent_dim)
    encoder.summary()
    decoder.summary()

    vae = VAE(encoder, decoder)
    vae.compile(optimizer=tf.keras.optimizers.Adam(lr=1e-3))
    vae.fit(x_train, epochs=args.epochs, batch_size=args.batch_size)
    vae.evaluate(x_test, batch_size=args.batch_size)

    # Display how the digit classes sit in the latent space
    z_mean, _, _ = vae.encoder.predict(x_test)
    print("spread of the latent space:", z_mean.std(axis=0))
    sample = tf.random.normal(shape=(4, args.latent_dim))
    digits = vae.decoder(sample).numpy()
    print("decoded from noise:", digits.shape, digits.min(), digits.max())
    vae.encoder.save("encoder.h5")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--latent-dim", type=int, default=2)
    main(parser.parse_args())
