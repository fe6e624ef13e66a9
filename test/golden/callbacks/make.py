"""Writes what Keras's callbacks and learning-rate schedules do into callbacks.json and schedules.json beside it.

Made with Keras 3.15.1 on JAX (KERAS_BACKEND=jax python make.py). No network is trained: the callbacks see the figures below.
"""

import json
import os
import tempfile

import keras
import numpy as np
from keras import callbacks
from keras.optimizers import schedules

folder = os.path.dirname(os.path.abspath(__file__))


class Model:
    def __init__(self):
        self.optimizer = keras.optimizers.SGD(learning_rate=1.0)
        self.stop_training = False
        self.epoch = self.restored = None
        self.saved = []

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.restored = weights

    def save(self, path, overwrite=True):
        self.saved.append(os.path.basename(path))


def fit(callback, figures):
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, figure in enumerate(figures):
        model.epoch = epoch
        logs = {"other": 1.0} if figure is None else {"val_loss": figure}
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        rates.append(logs.get("learning_rate"))
        if model.stop_training:
            break
    callback.on_train_end()
    return model, rates


sequences = [
    [5, 4, 3, 3.5, 2.9, 3, 3.1, 3.2, 2.8, 3, 3, 3, 3],
    [1] * 12,
    [1, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.91, 0.9, 0.89],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
    [3, None, 2, None, 3, 3, 3, 3, 3],
]
stopping = [
    {},
    {"patience": 2},
    {"patience": 3, "min_delta": 0.05},
    {"patience": 2, "baseline": 2.95},
    {"patience": 2, "start_from_epoch": 4},
    {"patience": 1, "mode": "max"},
]
reducing = [
    {"patience": 2},
    {"patience": 2, "cooldown": 2},
    {"patience": 1, "factor": 0.5, "min_lr": 0.2},
    {"patience": 2, "min_delta": 0.05},
    {"patience": 2, "mode": "max"},
]
saving = [{}, {"save_best_only": True}, {"save_best_only": True, "mode": "max"}]
saving.append({"save_best_only": True, "initial_value_threshold": 2.95})

golden = {"keras": keras.__version__, "early_stopping": [], "reduce": [], "checkpoint": []}
for figures in sequences:
    for options in stopping:
        callback = callbacks.EarlyStopping(restore_best_weights=True, **options)
        model, rates = fit(callback, figures)
        case = {"figures": figures, "options": options, "ran": len(rates)}
        golden["early_stopping"].append({**case, "best": callback.best_epoch, "restored": model.restored})
    for options in reducing:
        _, rates = fit(callbacks.ReduceLROnPlateau(**options), figures)
        golden["reduce"].append({"figures": figures, "options": options, "rates": rates})
    for options in saving:
        callback = callbacks.ModelCheckpoint(os.path.join(folder, "{epoch:02d}.h5"), **options)
        model, _ = fit(callback, figures)
        golden["checkpoint"].append({"figures": figures, "options": options, "saved": model.saved})

with tempfile.TemporaryDirectory() as scratch:
    path = os.path.join(scratch, "log.csv")
    for append, first in ((False, 0), (True, 2)):
        logger = callbacks.CSVLogger(path, append=append, separator=";")
        logger.on_train_begin()
        logger.on_epoch_end(first, {"loss": 0.5, "acc": 0.25})
        logger.on_epoch_end(first + 1, {"loss": float("nan"), "acc": float("inf"), "val_loss": 1.5})
        logger.on_train_end()
    with open(path, newline="") as file:
        golden["csv"] = file.read()

steps = [0, 1, 3, 4, 5, 6, 7, 10, 11, 14, 15, 20, 21, 33]
followed = [
    schedules.PiecewiseConstantDecay([3, 10], [1.0, 0.5, 0.1]),
    schedules.PiecewiseConstantDecay([5], [0.01, 0.001]),
    schedules.ExponentialDecay(0.1, 7, 0.96),
    schedules.ExponentialDecay(0.1, 7, 0.5, staircase=True),
    schedules.InverseTimeDecay(0.1, 7, 0.5),
    schedules.InverseTimeDecay(0.1, 7, 0.5, staircase=True),
    schedules.PolynomialDecay(0.1, 10),
    schedules.PolynomialDecay(0.1, 10, 0.01, power=0.5),
    schedules.PolynomialDecay(0.1, 10, 0.01, power=2.0, cycle=True),
    schedules.CosineDecay(0.1, 10),
    schedules.CosineDecay(0.1, 10, alpha=0.2),
    schedules.CosineDecay(0.001, 10, alpha=0.1, warmup_target=0.1, warmup_steps=5),
]
rates = [[float(np.asarray(schedule(np.int32(step)))) for step in steps] for schedule in followed]
saved = [schedules.serialize(schedule) for schedule in followed]
pairs = [{"saved": s, "rates": r} for s, r in zip(saved, rates)]

for name, values in (("callbacks", golden), ("schedules", {"steps": steps, "schedules": pairs})):
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump(values, file)
