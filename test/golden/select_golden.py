"""Takes losses.json, preprocess.json, optimizers.json and resize.json out of what keras/make_golden.py wrote:
python select_golden.py FOLDER [--out OUT], by default beside itself. resize_src.png is copied. Needs Pillow for the ramp, else it keeps
the figures of the resize.json that is there."""
import base64
import hashlib
import json
import pathlib
import shutil
import struct
import sys

here = pathlib.Path(__file__).resolve().parent
folder = pathlib.Path(sys.argv[1])
out = pathlib.Path(sys.argv[3]) if sys.argv[2:3] == ["--out"] else here
printed = "Printed by Keras 3.15.1 (torch 2.6.0 backend, CPU, float32)."


def load(name):
    whole = json.loads((folder / f"{name}.json").read_text())
    data = (folder / f"{name}.bin").read_bytes()

    def tensor(key):
        at, length = whole["tensors"][key]["offset"] * 4, whole["tensors"][key]["length"]
        return list(struct.unpack(f"<{length}f", data[at : at + length * 4]))

    return whole, tensor


def short(values):
    """Each float32 in the fewest digits that give it back."""
    return [next(v for d in range(1, 10) if as_float32(v := float(f"{value:.{d}g}")) == value) for value in values]


def as_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def write(name, content, indent=1):
    text = json.dumps(content, indent=indent, ensure_ascii=False, separators=None if indent else (",", ":"))
    (out / f"{name}.json").write_text(text, encoding="utf8")


def losses():
    whole, tensor = load("losses")
    names = ("y_true", "y_pred", "bce_per_sample", "cat_pred", "cat_true", "cce")
    scalars = {name: whole[name] for name in ("bce_mean", "binary_accuracy")}
    write("losses", {"origin": printed, **{name: short(tensor(name)) for name in names}, **scalars})


def preprocess():
    _, tensor = load("preprocess")
    origin = f"{printed} keras.applications.*.preprocess_input of one 2×2 RGB image."
    names = ("image", "caffe", "tf", "torch")
    write("preprocess", {"origin": origin, **{name: short(tensor(name)) for name in names}})


def optimizers():
    whole, tensor = load("optimizers")
    runs = dict.fromkeys(key.split("/")[0] for key in whole["tensors"] if "/" in key)
    content = {
        "origin": f"{printed} Learning rate 0.01. The two *_keras2_formula runs are numpy float32, epsilon outside the root "
        "as in Keras up to 2.3.1 and the legacy optimizers of tf.keras.",
        "v0": short(tensor("v0")),
        "gradients": [short(tensor(f"g{i}")) for i in range(5)],
        "smallGradients": [short(tensor(f"small_g{i}")) for i in range(5)],
        "runs": {run: [short(tensor(f"{run}/step{i}")) for i in range(1, 6)] for run in runs},
    }
    write("optimizers", content, indent=None)


def resize():
    whole, tensor = load("resize")
    cases = []
    for key, spec in whole["tensors"].items():
        if key.startswith("src"):
            continue
        size, interpolation = key.split("/")
        height, width = map(int, size.split("x"))
        pixels = bytes(map(int, tensor(key)))
        case = {"height": height, "width": width, "interpolation": interpolation}
        case["sha256"] = hashlib.sha256(pixels).hexdigest()
        # Of the small ones the pixels too, to look at where one differs.
        if len(pixels) < 1000:
            case["rgb"] = base64.b64encode(pixels).decode()
        cases.append(case)
    content = {"keras": whole["versions"]["keras"], "pillow": whole["PIL"], "source": "resize_src.png", "cases": cases}
    content["ramp_500x374_to_150x150"] = ramp()
    write("resize", content)
    shutil.copyfile(folder / "resize_src.png", out / "resize_src.png")


def ramp():
    """load_img(target_size) resizes with Pillow alone; centres of this one fall on the edges of pixels."""
    try:
        from PIL import Image
    except ImportError:
        return json.loads((here / "resize.json").read_text())["ramp_500x374_to_150x150"]
    width, height = 500, 374
    rgb = bytes(v % 256 for y in range(height) for x in range(width) for v in (x, y, x * 7 + y * 13))
    image = Image.frombytes("RGB", (width, height), rgb)
    filters = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}
    resized = {name: image.resize((150, 150), how) for name, how in filters.items()}
    return {name: hashlib.sha256(one.tobytes()).hexdigest() for name, one in resized.items()}


for make in (losses, preprocess, optimizers, resize):
    make()
