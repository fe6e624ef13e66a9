/** What wgraft reads, by kind: sound files, arbitrary damage to them, and how they are read. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { WgraftError } from "../../src/errors.js";
import { TuningCache } from "../../src/io/cache/tuningCache.js";
import { decodeImage } from "../../src/io/images/decode.js";
import { bestEpoch } from "../../src/io/report/bestEpoch.js";
import { epochCount, historyCsv, historyJson, type History } from "../../src/io/report/history.js";
import { loadModel } from "../../src/models/saving/load.js";
import { tensor } from "../../src/tensor.js";
import { FeaturesWriter, readFeatures } from "../../src/transfer/data/features.js";
import { readCheckpoint } from "../../src/transfer/run/checkpoint.js";
import { hdf5Bytes, plainEntries, plainH5, plainKeras, plainWeightsH5 } from "../support/plainModel.js";
import { weightsOf } from "../support/savedFiles.js";
import { zip } from "../support/zip.js";
import { edited, editedJson, edits, jsonEdits } from "./mutations.js";
import { seal, sealsOf } from "./seals.js";

const keras = join(import.meta.dirname, "../golden/keras");
const hdf5 = join(import.meta.dirname, "../golden/hdf5");
const images = join(import.meta.dirname, "../golden/images");

export interface Format {
  /** Bytes of a damaged file. */
  readonly files: fc.Arbitrary<Promise<Buffer> | Buffer>;
  /** The name of a file: what it ends in. */
  readonly extension: string;
  readonly read: (path: string) => Promise<unknown>;
}

/** Damage to one of several files. */
function damaged(bases: readonly (() => Promise<Buffer> | Buffer)[]): Format["files"] {
  return fc.tuple(fc.nat(bases.length - 1), edits).map(async ([i, list]) => edited(await bases[i](), list));
}

const golden = (name: string) => once(() => readFileSync(join(keras, name)));

const modelH5s = [
  once(plainH5),
  golden("tiny_vgg_keras2_style.h5"),
  golden("tiny_vgg_compiled.h5"),
  golden("bnsep.h5"),
];

/** Of four files, one keeps checksums that are wrong by now. */
const newestFiles = fc.tuple(fc.nat(3), edits).map(([which, list]) => {
  const { bytes, seals } = newest();
  const damage = edited(bytes, list);
  return which === 0 ? damage : seal(damage, seals);
});
const newest = once(() => {
  const bytes = readFileSync(join(hdf5, "newest_layout.h5"));
  return { bytes, seals: sealsOf(bytes) };
});

const weightsH5s = [
  once(plainWeightsH5),
  golden("tiny_vgg.weights.h5"),
  golden("tiny_vgg_historical_notop.h5"),
];

const featuresH5 = once(async () => {
  const folder = mkdtempSync(join(tmpdir(), "wgraft-test-"));
  const path = join(folder, "features.h5");
  const writer = await FeaturesWriter.create(path, {
    classNames: ["cats", "dogs"],
    application: "vgg16",
    layer: "block5_pool",
    inputShape: [64, 64, 3],
    preprocess: "rescale",
    interpolation: "nearest",
    weightsSha256: "random:seed=1",
  });
  const rows = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [3, 2, 2, 1],
  );
  writer.append("train", rows, [0, 1, 0], ["cats/1.jpg", "dogs/1.jpg", "cats/2.jpg"]);
  writer.append("validation", rows, [1, 1, 0], ["dogs/2.jpg", "dogs/3.jpg", "cats/3.jpg"]);
  await writer.finish();
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
});

const state = {
  epochs: 2,
  wantedEpochs: 3,
  iterations: 8,
  history: { loss: [0.7, 0.6], acc: [0.5, 0.75], val_loss: [0.7, null], val_acc: [0.5, 0.5] },
  settings: {
    data: "0123",
    init: null,
    units: 4,
    dropout: 0.5,
    optimizer: "adam",
    learningRate: 0.001,
    batchSize: 20,
    seed: 7,
    shuffle: true,
    stepsPerEpoch: null,
    validationSteps: null,
    precision: "float32",
    classWeight: null,
  },
  base: {
    classNames: ["cats", "dogs"],
    application: "vgg16",
    layer: "block5_pool",
    inputShape: [64, 64, 3],
    preprocess: "rescale",
    interpolation: "nearest",
    weightsSha256: "random:seed=1",
  },
  earlyStop: null,
  checkpointBest: true,
  bestSince: 0,
  architecture: {},
  variables: [
    { name: "dense/kernel", shape: [2, 3] },
    { name: "dense/bias", shape: [3] },
  ],
  best: [{ name: "dense/bias", shape: [3] }],
};

function stateH5(json: unknown): Promise<Buffer> {
  return hdf5Bytes((writer) => {
    writer.strings("/state", [JSON.stringify(json) ?? ""]);
    writer.group("/variables");
    writer.float32("/variables/0", [2, 3], new Float32Array(6));
    writer.float32("/variables/1", [3], new Float32Array(3));
    writer.group("/best");
    writer.float32("/best/0", [3], new Float32Array(3));
  });
}

/** Everything that is made of the history of a run that is resumed. */
async function readHistory(path: string): Promise<void> {
  const { state: read } = await readCheckpoint(path);
  const history = read.history as History;
  bestEpoch(history);
  epochCount(history);
  historyCsv(history);
  historyJson(history);
}

/** Weights with a right checksum, configurations, and the archive around them. */
const kerasFiles: Format["files"] = fc.oneof(
  damaged([once(plainKeras), golden("tiny_vgg.keras")]),
  fc.tuple(fc.constantFrom(...weightsH5s.slice(0, 2)), edits).map(async ([base, list]) => {
    const [metadata, config] = await plainEntries();
    return zip([metadata, config, { name: "model.weights.h5", content: edited(await base(), list) }]);
  }),
  fc.tuple(fc.nat(2), fc.boolean(), edits).map(async ([which, deflate, list]) => {
    const entries = await plainEntries();
    entries[which].content = edited(Buffer.from(entries[which].content as string), list);
    entries[which].deflate = deflate;
    return zip(entries);
  }),
);

const archives = ["tiny_vgg.keras", "tiny_vgg_compiled.keras"].map(golden);
const entryNames = ["metadata.json", "config.json", "model.weights.h5"];

/** What an archive of Keras's has under a name: stored as it is. */
function entryOf(archive: Buffer, name: string): Buffer {
  const at = archive.indexOf(name);
  const start = at + name.length + archive.readUInt16LE(at - 2);
  const content = archive.subarray(start, start + archive.readUInt32LE(at - 8));
  if (crc32(content) !== archive.readUInt32LE(at - 16)) throw new Error(`${name} is not stored as it is`);
  return content;
}

const configFiles = fc.tuple(fc.constantFrom(...archives), jsonEdits).map(([archive, list]) => {
  const entries = entryNames.map((name) => ({ name, content: entryOf(archive(), name) }));
  const config = editedJson(JSON.parse(entries[1].content.toString()), list);
  entries[1].content = Buffer.from(JSON.stringify(config) ?? "");
  return zip(entries);
});

const tuning = JSON.stringify({
  schema: 1,
  platforms: { "llvmpipe 25": { "conv2d 1x2x3": "direct", "matMul 4x5x6": "workgroup" }, other: {} },
});

async function readTuning(path: string): Promise<void> {
  const onNote = (note: string) => {
    throw new WgraftError("bad-input", note);
  };
  const cache = new TuningCache({ path, onNote });
  await cache.load("llvmpipe 25");
  await cache.add("other", new Map([["matMul 1x1x1", "direct"]]));
}

export const formats = {
  "h5 model": { files: damaged(modelH5s), extension: "h5", read: (path) => loadModel(path) },
  "h5 newest layout": {
    files: newestFiles,
    extension: "h5",
    read: (path) => loadModel(path),
  },
  "h5 weights": { files: damaged(weightsH5s), extension: "weights.h5", read: weightsOf },
  features: { files: damaged([featuresH5]), extension: "h5", read: (path) => readFeatures(path) },
  state: {
    files: damaged([once(() => stateH5(state))]),
    extension: "h5",
    read: (path) => readCheckpoint(path),
  },
  history: {
    files: jsonEdits.map((list) => stateH5({ ...state, history: editedJson(state.history, list) })),
    extension: "h5",
    read: readHistory,
  },
  ".keras": { files: kerasFiles, extension: "keras", read: (path) => loadModel(path) },
  "config JSON": { files: configFiles, extension: "keras", read: (path) => loadModel(path) },
  image: {
    files: damaged(readdirSync(images).map((name) => () => readFileSync(join(images, name)))),
    extension: "jpg",
    read: (path) => decodeImage(path),
  },
  "tuning cache": {
    files: fc.oneof(
      damaged([() => Buffer.from(tuning)]),
      jsonEdits.map((list) => Buffer.from(JSON.stringify(editedJson(JSON.parse(tuning), list)) ?? "")),
    ),
    extension: "json",
    read: readTuning,
  },
} satisfies Record<string, Format>;
export type FormatName = keyof typeof formats;

/** Reads a case of a format from a file. */
export async function readCase({ extension, read }: Format, bytes: Buffer, folder: string): Promise<unknown> {
  const path = join(folder, `case.${extension}`);
  writeFileSync(path, bytes);
  return read(path);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
