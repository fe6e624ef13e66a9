/** Models of other programs, and in Keras's other formats: what is said of a file that is neither .h5 nor .keras. */
import { stat } from "node:fs/promises";
import { extname, join } from "node:path";

const save = 'save it from Keras as .keras or .h5: model.save("model.keras")';
const original = "use the Keras model that it was converted from, .keras or .h5";

const byExtension: Readonly<Record<string, string>> = {
  ".tflite": `a TensorFlow Lite model; ${original}`,
  ".onnx": `an ONNX model; ${original}`,
  ".pb": `a TensorFlow graph; load it in TensorFlow and ${save}`,
  ".pt": "a PyTorch model; only Keras models are read",
  ".pth": "a PyTorch model; only Keras models are read",
  ".safetensors": "a safetensors file; only Keras models are read",
  ".mlmodel": `a Core ML model; ${original}`,
  ".index": `a TensorFlow checkpoint; load it in Keras and ${save}`,
  ".npz": "an archive of NumPy; only Keras models are read",
  ".npy": "an array of NumPy; only Keras models are read",
};

/**
 * What a file is that is no HDF5 file, and what to do about it: "; a TensorFlow Lite model; …". Empty where nothing is
 * known.
 * @param head its first bytes
 */
export function describeOtherFormat(path: string, head: Buffer): string {
  const text = head.toString("latin1").trimStart();
  if (text.startsWith("<")) return "; it looks like an HTML page, the download probably failed";
  if (text.startsWith("version https://git-lfs")) return "; it is a Git LFS pointer, fetch the file itself";
  if (head.subarray(4, 8).toString("latin1") === "TFL3") return `; it is ${byExtension[".tflite"]}`;
  const extension = extname(path).toLowerCase();
  if (Object.hasOwn(byExtension, extension)) return `; it is ${byExtension[extension]}`;
  if (/\.data-\d+-of-\d+$/.test(path)) return `; it is ${byExtension[".index"]}`;
  if (text.startsWith("{") && describeJson(text)) return `; it is ${describeJson(text)}`;
  if (text.startsWith("PK\x03\x04")) return "; it is a zip archive";
  return "";
}

function describeJson(text: string): string {
  if (text.includes('"modelTopology"') || text.includes('"layers-model"') || text.includes('"graph-model"'))
    return `a TensorFlow.js model; convert it with tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras`;
  if (!text.includes('"class_name"')) return "";
  return `the architecture of a Keras model, without its weights; load both in Keras (model_from_json, load_weights) and ${save}`;
}

/** What to say of a zip archive that is no .keras file. @param names of its entries */
export function describeOtherArchive(names: readonly string[]): string {
  if (names.some((name) => /(^|\/)data\.pkl$/.test(name))) return `; it is ${byExtension[".pt"]}`;
  const model = names.find((name) => /\.(h5|hdf5|keras)$/.test(name) && !name.endsWith("model.weights.h5"));
  if (model !== undefined) return `; unpack it and name ${model}`;
  if (names.some((name) => name.endsWith("saved_model.pb"))) return `; it is ${savedModel}`;
  return names.some((name) => name.endsWith(".npy")) ? `; it is ${byExtension[".npz"]}` : "";
}

const savedModel = `a TensorFlow SavedModel; load it in TensorFlow (keras.layers.TFSMLayer, or Keras 2) and ${save}`;

/** What to say of a folder that somebody calls a model. */
export async function describeModelFolder(path: string): Promise<string> {
  const has = (name: string) => stat(join(path, name)).then(Boolean, () => false);
  if (await has("saved_model.pb")) return ` (${savedModel})`;
  if (await has("keras_model.h5")) return "; name the keras_model.h5 in it";
  return "; name the .h5 file in it (of a run, model.h5)";
}
