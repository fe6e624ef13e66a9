/**
 * Writing .keras files: a zip of metadata.json, config.json and model.weights.h5, none of them compressed, as Keras 3 does.
 * Follows keras/src/saving/saving_lib.py.
 */
import { rm } from "node:fs/promises";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { Zip, ZipPassThrough } from "fflate";
import { WgraftError } from "../../errors.js";
import { snakeCase } from "../../options/notation.js";
import { replaceAtomically } from "../atomic.js";
import { createHdf5, type Hdf5Writer } from "../hdf5/writer.js";
import { writing } from "../writing.js";
import { writeWeight, type WeightToWrite } from "./writeModel.js";

/** A layer, or a model with its own layers. */
export interface SaveableToWrite {
  readonly name: string;
  readonly className: string;
  /** In Keras's order. */
  readonly weights: readonly Pick<WeightToWrite, "shape" | "data">[];
  readonly layers?: readonly SaveableToWrite[];
}

export interface ArchiveToWrite {
  readonly config: object;
  readonly metadata: object;
  readonly model: SaveableToWrite;
}

/** Zip without its 64-bit extension has no larger files. */
const MAX_BYTES = 2 ** 32 - 2 ** 16;

/** Writes a .keras file, whole or not at all. Throws `io`. */
export async function writeArchive(path: string, { config, metadata, model }: ArchiveToWrite): Promise<void> {
  await replaceAtomically(path, async (temporaryPath) => {
    const weightsPath = `${temporaryPath}.h5`;
    try {
      await createHdf5(weightsPath, (writer) => writeSaveable(writer, "", model));
      if ((await stat(weightsPath)).size > MAX_BYTES)
        throw new WgraftError("not-supported", `${path}: weights of more than 4 GiB; save them as .h5`);
      await writing(path, () => writeZip(temporaryPath, { metadata, config, weightsPath }));
    } finally {
      await rm(weightsPath, { force: true });
    }
  });
}

async function writeSaveable(writer: Hdf5Writer, path: string, saveable: SaveableToWrite): Promise<void> {
  const { name, weights, layers = [] } = saveable;
  const vars = `${path}/vars`;
  writer.group(vars);
  writer.text(vars, "name", name, "UTF-8");
  for (const [i, { shape, data }] of weights.entries())
    await writeWeight(writer, `${vars}/${i}`, shape, data);
  const counts = new Map<string, number>();
  for (const layer of layers) {
    // As Keras numbers them: a layer's own name may differ from one run to the next.
    const key = snakeCase(layer.className);
    const n = counts.get(key) ?? 0;
    counts.set(key, n + 1);
    await writeSaveable(writer, `${path}/layers/${n === 0 ? key : `${key}_${n}`}`, layer);
  }
}

async function writeZip(
  path: string,
  { metadata, config, weightsPath }: { metadata: object; config: object; weightsPath: string },
): Promise<void> {
  const file = createWriteStream(path);
  const end = finished(file);
  let isFull = false;
  const zip = new Zip((error, chunk, isLast) => {
    if (error) file.destroy(error);
    else isFull = !file.write(chunk);
    if (isLast) file.end();
  });
  const entry = (name: string) => {
    const added = new ZipPassThrough(name);
    zip.add(added);
    return added;
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  entry("metadata.json").push(json(metadata), true);
  entry("config.json").push(json(config), true);
  const weights = entry("model.weights.h5");
  for await (const chunk of createReadStream(weightsPath, { highWaterMark: 2 ** 20 })) {
    weights.push(chunk as Uint8Array);
    if (isFull) await Promise.race([once(file, "drain"), end]);
  }
  weights.push(new Uint8Array(0), true);
  zip.end();
  await end;
}
