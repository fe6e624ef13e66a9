// Makes the HDF5 files of this folder: node test/golden/hdf5/make.mjs
//
// newest_layout.h5: a model in HDF5's newest layout, which Keras never writes and HDF5 parses by code of its own: other trees,
// heaps and indexes. bombs.h5: three datasets of 8 MiB of zeros each, in 30 KB.
import { join } from "node:path";
import { File, ready } from "h5wasm/node";

const folder = import.meta.dirname;

/** More than eight links or attributes are kept in a fractal heap with a B-tree of version 2. */
const LAYERS = Array.from({ length: 12 }, (_, i) => `dense_${i}`);

function modelConfig() {
  const layers = LAYERS.map((name) => ({
    class_name: "Dense",
    config: { name, units: 4, activation: "linear", use_bias: false },
  }));
  const input = { class_name: "InputLayer", config: { name: "input", batch_input_shape: [null, 4] } };
  return JSON.stringify({ class_name: "Sequential", config: { name: "m", layers: [input, ...layers] } });
}

/** Chunks are found by a fixed array where the shape is fixed, by an extensible array where it can grow along one axis. */
function writeKernel(group, index) {
  const values = Float32Array.from({ length: 16 }, (_, i) => i);
  const layouts = [
    {},
    { chunks: [2, 2] },
    { chunks: [2, 4], compression: 4 },
    { chunks: [1, 4], maxshape: [null, 4] },
    { chunks: [2, 2], maxshape: [null, null], compression: 1 },
  ];
  group.create_dataset({
    name: "kernel:0",
    data: values,
    shape: [4, 4],
    ...layouts[index % layouts.length],
  });
}

function makeNewestLayout() {
  const file = new File(join(folder, "newest_layout.h5"), "w", { libver: ["latest", "latest"] });
  file.create_attribute("model_config", modelConfig());
  file.create_attribute("keras_version", "2.15.0");
  for (let i = 0; i < 10; i++) file.create_attribute(`more${i}`, `text ${i}`);
  const weights = file.create_group("model_weights");
  weights.create_attribute("layer_names", LAYERS, [LAYERS.length], "A16");
  for (const [i, name] of LAYERS.entries()) {
    const layer = weights.create_group(name);
    layer.create_attribute("weight_names", [`${name}/kernel:0`], [1], "A32");
    writeKernel(layer.create_group(name), i);
  }
  file.close();
}

function makeBombs() {
  const file = new File(join(folder, "bombs.h5"), "w");
  const zeros = { data: new Float32Array(2 ** 21), shape: [2 ** 21], chunks: [2 ** 18], compression: 9 };
  for (const name of ["a", "b", "c"]) file.create_dataset({ name, ...zeros });
  file.close();
}

await ready;
makeNewestLayout();
makeBombs();
