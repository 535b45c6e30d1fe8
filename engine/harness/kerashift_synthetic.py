"""Made-up data sets with the shapes, types and sizes of those in `keras.datasets`.

The labels can be learned: each class has a pattern of its own, so that training has something
to find.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Split = tuple[Any, Any]
LongestText = 200


def load(name: str, **arguments: Any) -> tuple[Split, Split]:
    """What `keras.datasets.<name>.load_data(**arguments)` gives, made up."""
    return MAKERS[name](np.random.RandomState(0), arguments)


def _images(
    shape: tuple[int, ...], classes: int, sizes: tuple[int, int], columns: bool
) -> Callable[[np.random.RandomState, dict[str, Any]], tuple[Split, Split]]:
    """A maker of images; `columns` gives labels as a column, as the CIFAR sets have them."""

    def make(rng: np.random.RandomState, _: dict[str, Any]) -> tuple[Split, Split]:
        patterns = rng.randint(0, 192, (classes, *shape)).astype("uint8")

        def split(size: int) -> Split:
            labels = rng.randint(0, classes, size).astype("int64" if classes > 10 else "uint8")
            images = rng.randint(0, 64, (size, *shape), dtype="uint8")
            for label in range(classes):
                images[labels == label] += patterns[label]
            return images, labels[:, None] if columns else labels

        return split(sizes[0]), split(sizes[1])

    return make


def _texts(
    classes: int, sizes: tuple[int, int]
) -> Callable[[np.random.RandomState, dict[str, Any]], tuple[Split, Split]]:
    """A maker of lists of word numbers, in which the words of a class are frequent."""

    def make(rng: np.random.RandomState, arguments: dict[str, Any]) -> tuple[Split, Split]:
        words = arguments.get("num_words") or 10_000
        longest = min(arguments.get("maxlen") or LongestText, LongestText)

        def split(size: int) -> Split:
            labels = rng.randint(0, classes, size).astype("int64")
            texts = np.empty(size, dtype=object)
            for row in range(size):
                text = rng.randint(4, words, rng.randint(min(20, longest - 1), longest))
                text[::4] = 4 + labels[row] % (words - 4)
                texts[row] = [1, *text.tolist()]
            return texts, labels

        return split(sizes[0]), split(sizes[1])

    return make


def _numbers(
    columns: int, rows: int, share: float
) -> Callable[[np.random.RandomState, dict[str, Any]], tuple[Split, Split]]:
    """A maker of tables for regression on a linear function with noise."""

    def make(rng: np.random.RandomState, arguments: dict[str, Any]) -> tuple[Split, Split]:
        table = rng.rand(rows, columns)
        target = 20 + 10 * table @ rng.rand(columns) / columns + rng.rand(rows)
        first = rows - int(rows * float(arguments.get("test_split") or share))
        return (table[:first], target[:first]), (table[first:], target[first:])

    return make


MAKERS = {
    "mnist": _images((28, 28), 10, (60_000, 10_000), False),
    "fashion_mnist": _images((28, 28), 10, (60_000, 10_000), False),
    "cifar10": _images((32, 32, 3), 10, (50_000, 10_000), True),
    "cifar100": _images((32, 32, 3), 100, (50_000, 10_000), True),
    "imdb": _texts(2, (25_000, 25_000)),
    "reuters": _texts(46, (8_982, 2_246)),
    "boston_housing": _numbers(13, 506, 0.2),
    "california_housing": _numbers(8, 20_640, 0.2),
}
WORD_INDEXES = ("imdb", "reuters")


def word_index() -> dict[str, int]:
    """What `get_word_index()` gives, made up."""
    return {f"word{number}": number for number in range(1, 10_001)}
