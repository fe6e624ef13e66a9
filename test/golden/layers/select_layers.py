"""Takes branches.* and others.* out of layers.json and layers.bin, which make_layers.py writes:
python select_layers.py FOLDER [OUT], by default beside itself."""
import json
import pathlib
import sys

groups = {
    "branches": "BatchNormalization SeparableConv2D AveragePooling2D Cropping2D Add Subtract Multiply Average Maximum Minimum Concatenate",
    "others": "LayerNormalization GroupNormalization DepthwiseConv2D Conv2D Conv2DTranspose Conv1D Dense MaxPooling2D MaxPooling1D "
    "AveragePooling1D GlobalMaxPooling2D GlobalAveragePooling2D GlobalAveragePooling1D GlobalMaxPooling1D ZeroPadding2D ZeroPadding1D "
    "Cropping1D UpSampling2D UpSampling1D Resizing CenterCrop Rescaling Normalization Flatten Reshape Permute RepeatVector Activation "
    "function LeakyReLU ELU ReLU Softmax PReLU GaussianNoise GaussianDropout SpatialDropout2D AlphaDropout Dropout "
    "ActivityRegularization",
}
folder = pathlib.Path(sys.argv[1])
out = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).resolve().parent)
whole = json.loads((folder / "layers.json").read_text())
data = (folder / "layers.bin").read_bytes()
for group, classes in groups.items():
    cases = {name: case for name, case in whole["cases"].items() if case["class"] in classes.split()}
    tensors, chunks, offset = {}, [], 0
    for name, tensor in whole["tensors"].items():
        if name.split("/")[0] not in cases:
            continue
        start, length = tensor["offset"] * 4, tensor["length"]
        tensors[name] = {"shape": tensor["shape"], "offset": offset, "length": length}
        chunks.append(data[start : start + length * 4])
        offset += length
    result = {"versions": whole["versions"], "conventions": whole["conventions"], "cases": cases, "tensors": tensors}
    (out / f"{group}.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / f"{group}.bin").write_bytes(b"".join(chunks))
