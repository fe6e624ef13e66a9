"""Writes what Keras's LossScaleOptimizer makes of gradients, some of them not finite, into lossScale.json beside it.

Made with Keras 3.15.1 on JAX (KERAS_BACKEND=jax python make.py).
"""

import json
import os

import keras
import numpy as np
from keras import optimizers

folder = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(11)
rounded = lambda *shape: np.round(rng.normal(size=shape), 2).astype("float32")
start = [rounded(5), rounded(3)]
gradients = [[rounded(5), rounded(3)] for _ in range(9)]
# Of the scaled gradients: (step, weight, element, value).
injected = [(2, 0, 4, np.inf), (5, 1, 0, np.nan), (6, 0, 1, -np.inf)]
growth_steps = 2


def inner(name):
    rate = {"learning_rate": 0.05}
    return {
        "SGD": lambda: optimizers.SGD(**rate),
        "SGD with momentum and clipvalue": lambda: optimizers.SGD(momentum=0.9, clipvalue=0.5, **rate),
        "RMSprop": lambda: optimizers.RMSprop(**rate),
        "RMSprop with clipnorm": lambda: optimizers.RMSprop(momentum=0.5, centered=True, clipnorm=0.5, **rate),
        "Adam": lambda: optimizers.Adam(**rate),
    }[name]()


def run(name):
    optimizer = optimizers.LossScaleOptimizer(inner(name), initial_scale=96.0, dynamic_growth_steps=growth_steps)
    variables = [keras.Variable(w) for w in start]
    optimizer.build(variables)
    steps = []
    for step, grads in enumerate(gradients):
        scaled = [g * float(optimizer.dynamic_scale.value) for g in grads]
        for at, weight, element, value in injected:
            if at == step:
                scaled[weight][element] = value
        # Without a compiled step around it, ops.cond of JAX would trace the assignments.
        state, values = [v.value for v in optimizer.variables], [v.value for v in variables]
        values, state = optimizer.stateless_apply(state, [np.array(g) for g in scaled], values)
        for variable, value in zip([*optimizer.variables, *variables], [*state, *values]):
            variable.assign(value)
        steps.append(
            {
                "weights": [np.array(v.value).tolist() for v in variables],
                "scale": float(optimizer.dynamic_scale.value),
                "good_steps": int(optimizer.step_counter.value),
                "iterations": int(optimizer.iterations.value),
            }
        )
    return {"steps": steps, "config": optimizer.get_config()}


names = ["SGD", "SGD with momentum and clipvalue", "RMSprop", "RMSprop with clipnorm", "Adam"]
data = {
    "keras": keras.__version__,
    "growth_steps": growth_steps,
    "start": [w.tolist() for w in start],
    "gradients": [[g.tolist() for g in grads] for grads in gradients],
    "injected": [[step, weight, element, str(value)] for step, weight, element, value in injected],
    "runs": {name: run(name) for name in names},
}
with open(os.path.join(folder, "lossScale.json"), "w") as file:
    json.dump(json.loads(json.dumps(data), parse_float=lambda s: float(f"{float(s):.9g}")), file)
