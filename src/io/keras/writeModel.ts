/**
 * Writing what stock Keras loads: the .h5 of `model.save("x.h5")`, and weights in the layout of keras.applications.
 * Follows keras/src/legacy/saving/legacy_h5_format.py; lists of names are fixed-length strings, as Keras 2 wrote them:
 * every h5py reads those as bytes, which old Keras insists on.
 */
import { replaceAtomically } from "../atomic.js";
import { createHdf5, type Hdf5Writer } from "../hdf5/writer.js";
import { toAsciiJson } from "./json.js";
import { writeNameList } from "../hdf5/nameLists.js";
import { RECORD } from "./savedFile.js";

export interface WeightToWrite {
  /** Path below the layer's group: `dense/kernel:0`. Of a nested model: `block1_conv1/kernel:0`. */
  name: string;
  shape: readonly number[];
  /** Values in C order. A function is called when their turn comes, so that not all need to exist at once; it may give them in parts. */
  data: Float32Array | (() => Float32Array | AsyncIterable<Float32Array>);
}

export interface LayerToWrite {
  name: string;
  /** In Keras's order: trainable first. Empty for a layer without weights. */
  weights: readonly WeightToWrite[];
}

export interface ModelToWrite {
  /** Plain JSON, in the Keras 2 notation that every version loads. */
  modelConfig: object;
  /** Of `kerasTrainingConfig`. Absent: the model is saved uncompiled. */
  trainingConfig?: object;
  /** All layers in the model's order, but for the InputLayer of a Sequential model. */
  layers: readonly LayerToWrite[];
  /** The version whose notation `modelConfig` uses: "2.15.0". */
  kerasVersion: string;
  /** What the writer knows of the model's origin: the root attribute `wgraft`, which Keras does not look at. */
  record?: object;
}

/** Keras reads no meaning from it but whether convolution kernels are flipped: TensorFlow's and wgraft's are not. */
const BACKEND = "tensorflow";

/**
 * Writes a whole model as `model.save("x.h5")` does, whole or not at all. Omits the optimizer's state: Keras 3 loads
 * a file with it, and then cannot train on. Throws `io`.
 */
export async function writeLegacyModel(path: string, model: ModelToWrite): Promise<void> {
  await writeFile(path, async (writer) => {
    writer.text("/", "keras_version", model.kerasVersion);
    writer.text("/", "backend", BACKEND);
    writer.text("/", "model_config", toAsciiJson(model.modelConfig));
    if (model.trainingConfig) writer.text("/", "training_config", toAsciiJson(model.trainingConfig));
    if (model.record) writer.text("/", RECORD, toAsciiJson(model.record));
    writer.group("/model_weights");
    await writeLayers(writer, "/model_weights", model.layers);
    writer.text("/model_weights", "backend", BACKEND);
    writer.text("/model_weights", "keras_version", model.kerasVersion);
    writer.group("/model_weights/top_level_model_weights");
    writeNameList(writer, "/model_weights/top_level_model_weights", "weight_names", []);
  });
}

/** Writes weights as in the files of keras.applications: groups of layers at the root. Throws `io`. */
export async function writeWeightsFile(path: string, layers: readonly LayerToWrite[]): Promise<void> {
  await writeFile(path, (writer) => writeLayers(writer, "/", layers));
}

async function writeFile(path: string, write: (writer: Hdf5Writer) => Promise<void>): Promise<void> {
  await replaceAtomically(path, (temporaryPath) => createHdf5(temporaryPath, write));
}

async function writeLayers(
  writer: Hdf5Writer,
  parent: string,
  layers: readonly LayerToWrite[],
): Promise<void> {
  writeNameList(
    writer,
    parent,
    "layer_names",
    layers.map((layer) => layer.name),
  );
  for (const { name, weights } of layers) {
    const group = parent === "/" ? `/${name}` : `${parent}/${name}`;
    writer.group(group);
    writeNameList(
      writer,
      group,
      "weight_names",
      weights.map((weight) => weight.name),
    );
    for (const { name: weightName, shape, data } of weights) {
      const path = `${group}/${weightName}`;
      writer.group(path.slice(0, path.lastIndexOf("/")));
      await writeWeight(writer, path, shape, data);
    }
  }
}

/** Writes the values of one weight; the groups on the way must be there. */
export async function writeWeight(
  writer: Hdf5Writer,
  path: string,
  shape: readonly number[],
  data: WeightToWrite["data"],
): Promise<void> {
  const values = typeof data === "function" ? data() : data;
  if (values instanceof Float32Array) writer.float32(path, shape, values);
  else await writer.float32Parts(path, shape, values);
}
