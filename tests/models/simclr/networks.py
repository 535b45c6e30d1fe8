from tensorflow import keras
from tensorflow.keras import layers


def get_augmenter(image_size, max_translation, zoom):
    return keras.Sequential(
        [
            keras.Input(shape=(image_size, image_size, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal"),
            layers.RandomTranslation(max_translation, max_translation),
            layers.RandomZoom((-zoom, 0.0), (-zoom, 0.0)),
        ],
        name="augmenter",
    )


def get_encoder(image_size, width):
    return keras.Sequential(
        [
            keras.Input(shape=(image_size, image_size, 3)),
            layers.Conv2D(width, kernel_size=3, strides=2, activation="relu"),
            layers.Conv2D(width, kernel_size=3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(width, activation="relu"),
        ],
        name="encoder",
    )
