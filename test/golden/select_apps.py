"""Takes applicationLayers.json, applicationFeatures.json and applicationSteps.json out of the applications.json that make_apps.py
wrote: python select_apps.py FOLDER [--out OUT], by default beside itself."""
import json
import pathlib
import sys

source = json.loads(pathlib.Path(sys.argv[1], "applications.json").read_text())
here = pathlib.Path(__file__).resolve().parent
out = pathlib.Path(sys.argv[3]) if sys.argv[2:3] == ["--out"] else here
order = (
    "ResNet50 InceptionV3 Xception MobileNet VGG19 MobileNetV2 ResNet50V2 DenseNet121 EfficientNetB0 EfficientNetV2B0 "
    "MobileNetV3Small MobileNetV3Large NASNetMobile"
).split()
by_name = {app["name"]: app for app in source["applications"]}
apps = [by_name[name] for name in order]


def dumps(value, spaced=False):
    return json.dumps(value, separators=None if spaced else (",", ":"), ensure_ascii=False)


def layers(app):
    described = {
        "application": app["name"].lower(),
        "modelName": app["model_name"],
        "inputShape": app["input_shape"],
        "params": app["params_without_top"],
        "trainableParams": app["trainable_params_without_top"],
        "paramsWithTop": app["params_with_top"],
        "layersWithTop": app["layers_with_top"],
        "weightsWithTop": app["weights_with_top"],
    }
    rows = [row[:4] for row in app["layer_list"]]
    return dumps(described)[:-1] + ',"layers":[\n' + ",\n".join(map(dumps, rows)) + "]}"


def features(app):
    names = ("name", "input_shape", "gain", "base", "input_seed", "input_range", "features_shape")
    return {
        **{name: app[name] for name in names},
        "weights": [kind for _, _, kind in app["weights"]],
        "shapes": [shape for _, shape, _ in app["weights"]],
        "features": app["features"],
    }


def step(whole, mode):
    of = whole[mode]
    figures = {
        "predictBefore": of["predict_before"],
        "lossOfStep": of["loss_train_on_batch"],
        "predictAfter": of["predict_after"],
    }
    if mode == "all_trainable":
        figures["gradientLengths"] = of["gradient_l2_per_trainable_weight"]
        figures["normalizations"] = [of[name] for name in ("first_bn", "last_bn") if of.get(name)]
        figures["kernels"] = [kernel(of[name]) for name in ("first_kernel", "last_kernel")]
    return {**figures, "headKernel": of["head_kernel_first4"], "headBias": of["head_bias"]}


def kernel(of):
    layer, weight = of["path"].split("/")[-2:]
    return {"layer": layer, "weight": weight, "first4": of["first4"]}


def steps(app):
    described = {"name": app["name"], "head_gain": app["head_gain"]}
    for name, mode in (("allTrainable", "all_trainable"), ("frozenBase", "frozen_base")):
        described[name] = {
            "learningRate": app["step"][mode]["learning_rate"],
            "float32": step(app["step"], mode),
            "float64": step(app["float64_same_weights"]["step"], mode),
        }
    return described


def write(name, text):
    (out / f"{name}.json").write_text(text, encoding="utf8")


origin = (
    "Printed by Keras 3.15.1 (torch 2.6.0 backend): keras.applications without top, pooling avg; of each layer its name, "
    "class, output shape and inbound layers."
)
# The layers of these two are a chain, which applications.test.ts counts.
listed = [layers(app) for app in apps if app["name"] not in ("MobileNet", "VGG19")]
write("applicationLayers", f'{{"origin":{dumps(origin)},"applications":[' + ",".join(listed) + "]}")
notes = source["notes"]
write("applicationFeatures", dumps({"notes": notes, "versions": source["versions"], "applications": [features(app) for app in apps]}, True))
kept = {name: notes[name] for name in ("head", "step", "float64_same_weights")}
write("applicationSteps", dumps({"notes": kept, "versions": source["versions"], "applications": [steps(app) for app in apps]}))
