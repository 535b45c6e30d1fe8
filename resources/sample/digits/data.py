"""Input pipeline: MNIST as batches of float images from 0 to 255."""
import tensorflow as tf

BATCH_SIZE = 32


def load_arrays(train_examples=512, test_examples=128):
    (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
    train = (x_train[:train_examples], y_train[:train_examples])
    test = (x_test[:test_examples], y_test[:test_examples])
    return train, test


def prepare(image, label):
    image = tf.cast(tf.expand_dims(image, axis=-1), tf.float32)
    return image, tf.cast(label, tf.int32)


def augment(image, label):
    image = tf.image.random_brightness(image, max_delta=16.0, seed=1)
    image = tf.image.resize_with_crop_or_pad(image, 32, 32)
    image = tf.image.random_crop(image, size=(28, 28, 1), seed=2)
    return tf.clip_by_value(image, 0.0, 255.0), label


def make_dataset(images, labels, training=False):
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    dataset = dataset.map(prepare, num_parallel_calls=tf.data.AUTOTUNE)
    if training:
        dataset = dataset.map(augment).shuffle(256, seed=3)
    return dataset.batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)
