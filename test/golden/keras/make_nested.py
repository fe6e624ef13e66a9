"""Writes nested.h5, nested.keras and nested.json beside itself with real Keras 3.15.1 (any backend): python make_nested.py

A functional model with an inner functional model, called with training=False and partly frozen below its own flag, and
a layer that is called twice.
"""
import json, os
import numpy as np
import keras
from keras import layers as L

here = os.path.dirname(os.path.abspath(__file__)) + "/"
keras.utils.set_random_seed(1)

x = inner_in = keras.Input((6, 5, 3), name="inner_in")
x = L.Conv2D(2, (3, 2), padding="same", use_bias=False, name="conv")(x)
x = L.BatchNormalization(scale=False, name="norm")(x)
x = L.ReLU(6.0, name="relu6")(x)
inner = keras.Model(inner_in, L.SeparableConv2D(4, 3, activation="relu", name="sep")(x), name="inner")
inner.trainable = False
inner.get_layer("sep").trainable = True

x = outer_in = keras.Input((12, 9, 3), name="outer_in")
x = L.ZeroPadding2D(((0, 1), (1, 0)), name="pad")(x)
x = L.DepthwiseConv2D(3, strides=2, name="dw")(x)
x = L.MaxPooling2D(2, strides=1, padding="same", name="pool")(x)
x = L.Reshape((6, 4, 3), name="to6x4")(x)
x = L.ZeroPadding2D(((0, 0), (0, 1)), name="to6x5")(x)
x = inner(x, training=False)
shared = L.Conv2D(4, 1, name="shared")
x = shared(shared(x))
x = L.GlobalMaxPooling2D(name="gmp")(x)
x = L.Dense(3, kernel_initializer="orthogonal", name="dense")(x)
outer = keras.Model(outer_in, L.Softmax(name="softmax")(x), name="outer")
for w in outer.weights:
    w.assign(np.random.RandomState(len(w.path)).uniform(0.2, 1.0, w.shape) * np.where(w.name == "moving_variance", 1, 0.5))
outer.compile(keras.optimizers.RMSprop(1e-4), keras.losses.CategoricalCrossentropy(), metrics=["acc"])
outer.save(here + "nested.keras")
outer.save(here + "nested.h5")

images = (np.arange(2 * 12 * 9 * 3) % 17 / 8.5 - 1).astype("float32").reshape(2, 12, 9, 3)
record = {
    "keras": keras.__version__,
    "backend": keras.backend.backend(),
    "input": "i % 17 / 8.5 - 1 in float64, then float32; shape (2, 12, 9, 3)",
    "output": np.asarray(outer.predict(images, verbose=0)).ravel().tolist(),
    "trainable_weights": [w.path for w in outer.trainable_weights],
    "weights": len(outer.weights),
}
json.dump(record, open(here + "nested.json", "w"), indent=1)
