import numpy as np
import tensorflow as tf
from tensorflow import keras

from model import ContrastiveModel

IMAGE_SIZE = 16
NUM_CLASSES = 4
BATCH_SIZE = 16
NUM_EPOCHS = 2


def make_images(count, seed):
    """Colored gradients: the class is the direction in which it gets brighter."""
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, NUM_CLASSES, count)
    ramp = np.linspace(0.0, 255.0, IMAGE_SIZE)[:, None] * np.ones((1, IMAGE_SIZE))
    images = np.stack([np.rot90(ramp, label) for label in labels])
    images = images[..., None] * rng.uniform(0.5, 1.0, (count, 1, 1, 3))
    return images.astype("float32"), labels.astype("int64")


def prepare_dataset(count, seed):
    images, labels = make_images(count, seed)
    return (
        tf.data.Dataset.from_tensor_slices((images, labels))
        .shuffle(buffer_size=count, seed=seed)
        .batch(BATCH_SIZE, drop_remainder=True)
        .prefetch(buffer_size=tf.data.AUTOTUNE)
    )


train_dataset = prepare_dataset(96, seed=0)
test_dataset = prepare_dataset(32, seed=1)

# Contrastive pretraining
pretraining_model = ContrastiveModel(
    image_size=IMAGE_SIZE, num_classes=NUM_CLASSES, temperature=0.1
)
pretraining_model.compile(
    contrastive_optimizer=keras.optimizers.Adam(),
    probe_optimizer=keras.optimizers.Adam(),
)
pretraining_history = pretraining_model.fit(
    train_dataset, epochs=NUM_EPOCHS, validation_data=test_dataset
)
print(
    "Maximal validation accuracy: {:.2f}%".format(
        max(pretraining_history.history["val_p_acc"]) * 100
    )
)
predictions = pretraining_model.predict(test_dataset)
print("classes:", np.bincount(predictions.argmax(axis=1), minlength=NUM_CLASSES))
