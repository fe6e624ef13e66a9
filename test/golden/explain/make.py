"""Grad-CAM and activations of small Keras models, as Keras's own example computes them.

    KERAS_BACKEND=jax python explain/make.py     # Keras 3.15.1
"""
import json
import os

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(22)


def randomize(model):
    for weight in model.weights:
        shape = weight.shape
        if weight.name == "moving_variance":
            weight.assign(rng.uniform(0.5, 1.5, shape))
        else:
            weight.assign(rng.normal(0, 1.2 / np.sqrt(max(1, np.prod(shape[:-1]))), shape))


def base(size):
    image = keras.Input((size, size, 3))
    x = layers.Conv2D(6, 3, strides=2, use_bias=False, name="conv1")(image)
    x = layers.BatchNormalization(name="conv1_bn")(x)
    x = layers.ReLU(name="conv1_relu")(x)
    y = layers.SeparableConv2D(8, 3, padding="same", activation="relu", name="sepconv2")(x)
    x = layers.Conv2D(8, 1, name="shortcut")(x)
    x = layers.Add(name="add")([x, y])
    x = layers.Activation("relu", name="add_relu")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    return keras.Model(image, x, name="base")


def gradcam(maps, tail, index):
    """Keras's example (Chollet, "Grad-CAM class activation visualization"), for each image, at the layer's resolution."""
    if index is None:
        score = tail
    else:
        score = lambda a: tail(a)[:, index]
    grads = jax.grad(lambda a: jnp.sum(score(a)))(maps)
    pooled = jnp.mean(grads, axis=(1, 2))
    heat = jnp.maximum(jnp.einsum("nhwc,nc->nhw", maps, pooled), 0)
    return np.asarray(heat / jnp.max(heat, axis=(1, 2), keepdims=True))


def numbers(array):
    return {"shape": list(array.shape), "values": [float(np.float32(v)) for v in np.asarray(array).ravel()]}


images = rng.integers(0, 256, (2, 19, 19, 3)).astype("uint8")
cases = []

inner = base(19)
randomize(inner)
image = keras.Input((19, 19, 3), name="image")
x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(image)
x = inner(x)
x = layers.GlobalAveragePooling2D(name="mean")(x)
logits = layers.Dense(4, name="logits")(x)
softmax = keras.Model(image, layers.Softmax(name="softmax")(logits), name="softmax_model")
randomize(softmax)
softmax.save(os.path.join(here, "softmax.keras"))

rescaled = softmax.get_layer("rescaling")(images)
maps = inner(rescaled, training=False)
head = lambda a: softmax.get_layer("logits")(softmax.get_layer("mean")(a))
probabilities = softmax(images, training=False)
predicted = [int(i) for i in np.argmax(probabilities, axis=1)]
heats = np.stack([gradcam(maps[i : i + 1], head, predicted[i])[0] for i in range(2)])
cases.append({"model": "softmax.keras", "layer": "base", "classes": predicted, "heat": numbers(heats)})

# A layer inside the inner model: the rest of it is called again on its output.
before = keras.Model(inner.input, inner.get_layer("conv1_relu").output)
relu = before(rescaled, training=False)


get = inner.get_layer


def from_relu(a):
    y = get("sepconv2")(a)
    a = get("add_relu")(get("add")([get("shortcut")(a), y]))
    return head(get("pool")(a))


heats = gradcam(relu, from_relu, 2)
cases.append({"model": "softmax.keras", "layer": "conv1_relu", "classes": [2, 2], "heat": numbers(heats)})

inner = base(19)
randomize(inner)
sigmoid = keras.Sequential(
    [
        keras.Input((19, 19, 3)),
        inner,
        layers.Flatten(),
        layers.Dense(7, activation="relu", name="hidden"),
        layers.Dense(1, activation="sigmoid", name="dogs"),
    ],
    name="sigmoid_model",
)
randomize(sigmoid)
sigmoid.save(os.path.join(here, "sigmoid.keras"))
floats = images.astype("float32") / 255
get = inner.get_layer
before = keras.Model(inner.input, [get("shortcut").output, get("sepconv2").output])
maps, other = before(floats, training=False)


def logit(a, image):
    a = get("pool")(get("add_relu")(get("add")([a, other[image : image + 1]])))
    dogs = sigmoid.get_layer("dogs")
    hidden = sigmoid.get_layer("hidden")(sigmoid.layers[1](a))
    return jnp.matmul(hidden, dogs.kernel.value) + dogs.bias.value


for index in (0, 1):
    sign = 1 if index == 1 else -1
    heats = [gradcam(maps[i : i + 1], lambda a: sign * logit(a, i)[:, 0], None)[0] for i in (0, 1)]
    heats = numbers(np.stack(heats))
    cases.append({"model": "sigmoid.keras", "layer": "shortcut", "classes": [index] * 2, "heat": heats})

activations = keras.Model(inner.input, inner.get_layer("sepconv2").output)(floats, training=False)
golden = {
    "keras": keras.__version__,
    "images": {"shape": list(images.shape), "values": [int(v) for v in images.ravel()]},
    "preprocess": {"softmax.keras": "none", "sigmoid.keras": "rescale"},
    "cases": cases,
    "activations": {"model": "sigmoid.keras", "layer": "sepconv2", **numbers(activations)},
    "outputs": {
        "softmax.keras": numbers(probabilities),
        "sigmoid.keras": numbers(sigmoid(floats, training=False)),
    },
}
with open(os.path.join(here, "gradcam.json"), "w") as file:
    json.dump(golden, file, allow_nan=False)
    file.write("\n")
for case in cases:
    print(case["model"], case["layer"], case["classes"], np.round(case["heat"]["values"][:6], 3))
