"""Takes the cases of some classes of layers out of layers.json and layers.bin, which make_layers.py writes:
python select.py FOLDER OUT CLASS…"""
import json
import pathlib
import sys

folder, out, *classes = sys.argv[1:]
whole = json.loads(pathlib.Path(folder, "layers.json").read_text())
data = pathlib.Path(folder, "layers.bin").read_bytes()
cases = {name: case for name, case in whole["cases"].items() if case["class"] in classes}
tensors, chunks, offset = {}, [], 0
for name, tensor in whole["tensors"].items():
    if name.split("/")[0] not in cases:
        continue
    start, length = tensor["offset"] * 4, tensor["length"]
    tensors[name] = {"shape": tensor["shape"], "offset": offset, "length": length}
    chunks.append(data[start : start + length * 4])
    offset += length
result = {"versions": whole["versions"], "conventions": whole["conventions"], "cases": cases, "tensors": tensors}
pathlib.Path(f"{out}.json").write_text(json.dumps(result, indent=1) + "\n")
pathlib.Path(f"{out}.bin").write_bytes(b"".join(chunks))
