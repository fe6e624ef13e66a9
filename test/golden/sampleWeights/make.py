"""Writes what Keras's fits with class and sample weights do into sampleWeights.json beside it.

Made with Keras 3.15.1 on JAX (KERAS_BACKEND=jax python make.py).
"""

import json
import os

import keras
import numpy as np

folder = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(5)
rounded = lambda *shape: np.round(rng.normal(size=shape), 2).astype("float32")
x, xv = rounded(7, 3), rounded(4, 3)
kernels = {units: rounded(3, units) for units in (1, 3)}
classes = {1: [0, 1, 1, 0, 1, 0, 0], 3: [0, 2, 1, 1, 2, 0, 2]}
classes_v = {1: [1, 0, 0, 1], 3: [2, 0, 1, 1]}
sample_weight = np.array([0.5, 2, 0, 1, 1.25, 3, 0.75], "float32")
losses = {"binary_crossentropy": 1, "categorical_crossentropy": 3, "sparse_categorical_crossentropy": 3}


def labels(loss, indices):
    y = np.array(indices, "float32").reshape(-1, 1)
    return keras.utils.to_categorical(indices, 3) if loss == "categorical_crossentropy" else y


def build(loss, units):
    activation = "sigmoid" if units == 1 else "softmax"
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation=activation)])
    model.set_weights([kernels[units], np.zeros(units, "float32")])
    model.compile(keras.optimizers.SGD(learning_rate=0.5), loss=loss, metrics=["acc"])
    return model


cases = []
for loss, units in losses.items():
    y, yv = labels(loss, classes[units]), labels(loss, classes_v[units])
    for options in (
        {},
        {"class_weight": {0: 1.0, 1: 2.5}},
        {"class_weight": {1: 0.0}},
        {"sample_weight": sample_weight},
    ):
        model = build(loss, units)
        # Batches of 4, 3: the short one counts for its samples.
        history = model.fit(
            x, y, batch_size=4, epochs=2, shuffle=False, verbose=0, validation_data=(xv, yv), **options
        ).history
        stepped = build(loss, units)
        on_batch = [float(v) for v in stepped.train_on_batch(x, y, **options)]
        listed = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in options.items()}
        weights = [w.ravel().tolist() for w in model.get_weights()]
        cases.append({"loss": loss, **listed, "history": history, "weights": weights, "on_batch": on_batch})
    scored = build(loss, units).evaluate(x, y, sample_weight=sample_weight, verbose=0)
    cases.append({"loss": loss, "evaluated": scored})

flat = lambda array: array.ravel().tolist()
data = {
    "keras": keras.__version__,
    "x": flat(x),
    "xv": flat(xv),
    "kernels": {units: flat(kernel) for units, kernel in kernels.items()},
    "classes": classes,
    "classes_v": classes_v,
    "sample_weight": flat(sample_weight),
    "cases": cases,
}
with open(os.path.join(folder, "sampleWeights.json"), "w") as file:
    json.dump(json.loads(json.dumps(data), parse_float=lambda s: float(f"{float(s):.9g}")), file)
