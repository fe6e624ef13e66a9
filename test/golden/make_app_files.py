"""Writes applications.json, what Keras 3.15.1 says of each application: python make_app_files.py [OUT], by default beside itself.
Its weights files and their md5 (nothing is downloaded), its default size and the mode of its preprocess_input.
Any backend does. It builds every network twice, which takes minutes."""
import inspect
import json
import pathlib
import sys

import keras
import numpy as np
from keras.src import layers

out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent)
names = (
    "VGG16 ResNet50 InceptionV3 Xception MobileNet VGG19 MobileNetV2 ResNet50V2 EfficientNetB0 EfficientNetV2B0 MobileNetV3Small "
    "MobileNetV3Large DenseNet121 NASNetMobile ResNet101 ResNet152 ResNet101V2 ResNet152V2 DenseNet169 DenseNet201 EfficientNetB1 "
    "EfficientNetB2 EfficientNetB3 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetB4 EfficientNetB5 EfficientNetB6 "
    "EfficientNetB7 EfficientNetV2S EfficientNetV2M EfficientNetV2L NASNetLarge"
).split()
files, utils = keras.src.utils.file_utils, keras.src.applications.imagenet_utils


class Asked(Exception):
    """What an application asked get_file for, instead of a download."""


def get_file(fname=None, origin=None, file_hash=None, md5_hash=None, **_):
    file = {"name": fname, "url": origin, "md5": file_hash or md5_hash}
    raise Asked({key: value for key, value in file.items() if value is not None})


def asked(build, top):
    try:
        build(include_top=top)
    except Asked as error:
        return error.args[0]
    raise SystemExit(f"{build.__name__} asked for no file")


def describe(name):
    build = getattr(keras.applications, name)
    module = inspect.getmodule(build)
    modes, shapes = [], []
    preprocess_input, make_input = utils.preprocess_input, layers.Input
    utils.preprocess_input = lambda x, *_, mode="caffe", **__: modes.append(mode) or x
    module.preprocess_input(np.zeros((1, 1, 1, 3), "float32"))
    utils.preprocess_input = preprocess_input
    layers.Input = lambda shape=None, **rest: shapes.append(shape) or make_input(shape=shape, **rest)
    described = {"top": asked(build, True), "no_top": asked(build, False)}
    layers.Input = make_input
    # Without a mode the network rescales pixels itself.
    mode = modes[0] if modes else "none"
    return {"application": name.lower(), "defaultSize": shapes[0][0], "preprocess": mode, "files": described}


files.get_file = get_file
origin = (
    "What keras.applications of Keras 3.15.1 asks keras.utils.get_file for (with the top, and without), its default size and "
    "the mode of its preprocess_input."
)
applications = [describe(name) for name in names]
(out / "applications.json").write_text(json.dumps({"origin": origin, "applications": applications}, indent=2) + "\n")
