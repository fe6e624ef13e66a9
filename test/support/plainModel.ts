/** Small files of a model of one Dense layer, as wgraft writes them: what tests of damaged files begin with. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHdf5, type Hdf5Writer } from "../../src/io/hdf5/writer.js";
import { writeLegacyModel } from "../../src/io/keras/writeModel.js";
import { zip, type ZipEntry } from "./zip.js";

export const kernel = Float32Array.of(1, 2, 3, 4, 5, 6);
export const bias = Float32Array.of(7, 8, 9);

/** Of a Sequential model, with arguments of its Dense layer in place of the right ones. */
export function plainConfig(dense: object = {}): { class_name: string; config: object } {
  return {
    class_name: "Sequential",
    config: {
      name: "m",
      layers: [
        { class_name: "InputLayer", config: { name: "input", batch_shape: [null, 2], dtype: "float32" } },
        { class_name: "Dense", config: { name: "dense", units: 3, activation: "linear", ...dense } },
      ],
    },
  };
}

/** What `write` puts into an HDF5 file. */
export async function hdf5Bytes(write: (writer: Hdf5Writer) => void | Promise<void>): Promise<Buffer> {
  return bytesOf((path) => createHdf5(path, write));
}

/** As `model.save("x.h5")` writes it. */
export async function plainH5(): Promise<Buffer> {
  const layers = [
    {
      name: "dense",
      weights: [
        { name: "dense/kernel:0", shape: [2, 3], data: kernel },
        { name: "dense/bias:0", shape: [3], data: bias },
      ],
    },
  ];
  const model = { modelConfig: plainConfig(), layers, kerasVersion: "2.15.0" };
  return bytesOf((path) => writeLegacyModel(path, model));
}

/** As `save_weights("x.weights.h5")` writes it. */
export async function plainWeightsH5(): Promise<Buffer> {
  return hdf5Bytes((writer) => {
    writer.group("/layers/dense/vars");
    writer.text("/layers/dense/vars", "name", "dense");
    writer.float32("/layers/dense/vars/0", [2, 3], kernel);
    writer.float32("/layers/dense/vars/1", [3], bias);
  });
}

export const metadata = JSON.stringify({ keras_version: "3.15.1" });

/** The entries of a .keras file, in Keras's order. */
export async function plainEntries(): Promise<ZipEntry[]> {
  return [
    { name: "metadata.json", content: metadata },
    { name: "config.json", content: JSON.stringify(plainConfig()) },
    { name: "model.weights.h5", content: await plainWeightsH5() },
  ];
}

export async function plainKeras(): Promise<Buffer> {
  return zip(await plainEntries());
}

async function bytesOf(write: (path: string) => Promise<unknown>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  try {
    await write(join(folder, "x.h5"));
    return await readFile(join(folder, "x.h5"));
  } finally {
    await rm(folder, { recursive: true });
  }
}
