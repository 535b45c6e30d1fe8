"""Image classification with a vision transformer."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

from model import create_vit_classifier, data_augmentation, input_shape, num_classes

learning_rate = 0.001
weight_decay = 0.0001
batch_size = 16
num_epochs = 2


def load_data(count, seed):
    """Noise with a bright quarter; the class is which."""
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, num_classes, size=(count, 1))
    images = rng.randint(0, 100, size=(count,) + input_shape).astype("uint8")
    for image, (label,) in zip(images, labels):
        row, column = divmod(label, 2)
        image[row * 12 : row * 12 + 12, column * 12 : column * 12 + 12] += 120
    return images, labels


(x_train, y_train), (x_test, y_test) = load_data(96, 0), load_data(32, 1)

print(f"x_train shape: {x_train.shape} - y_train shape: {y_train.shape}")

# Compute the mean and the variance of the training data for normalization.
data_augmentation.layers[0].adapt(x_train)


def run_experiment(model):
    optimizer = tf.keras.optimizers.experimental.AdamW(
        learning_rate=learning_rate, weight_decay=weight_decay
    )

    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            keras.metrics.SparseTopKCategoricalAccuracy(2, name="top-2-accuracy"),
        ],
    )

    checkpoint_filepath = "checkpoints/vit"
    checkpoint_callback = keras.callbacks.ModelCheckpoint(
        checkpoint_filepath,
        monitor="val_accuracy",
        save_best_only=True,
        save_weights_only=True,
    )

    history = model.fit(
        x=x_train,
        y=y_train,
        batch_size=batch_size,
        epochs=num_epochs,
        validation_split=0.1,
        callbacks=[checkpoint_callback],
    )

    model.load_weights(checkpoint_filepath)
    _, accuracy, top_2_accuracy = model.evaluate(x_test, y_test)
    print(f"Test accuracy: {round(accuracy * 100, 2)}%")
    print(f"Test top 2 accuracy: {round(top_2_accuracy * 100, 2)}%")

    return history


vit_classifier = create_vit_classifier()
history = run_experiment(vit_classifier)
