/**
 * features.h5: what a convolutional base made of a dataset. For each split a group with `features` float32 [N, …], `labels`
 * float32 [N] (class indices) and `filenames`; root attributes tell what made them.
 */
import { WgraftError } from "../errors.js";
import { formatShape, sameShape, Tensor } from "../tensor.js";
import { AtomicFile } from "./atomic.js";
import type { ReadOptions } from "./hdf5/limits.js";
import { withHdf5, type Hdf5File } from "./hdf5/reader.js";
import { Hdf5Writer, type Hdf5Rows } from "./hdf5/writer.js";
import { readNameList, writeNameList } from "./hdf5/nameLists.js";

export interface FeaturesMeta {
  /** Index i is label i. */
  classNames: string[];
  /** "vgg16" */
  application: string;
  /** The layer whose output the features are. */
  layer: string;
  /** [height, width, channels] of the images. */
  inputShape: number[];
  /** "rescale", "caffe", "tf" or "none". */
  preprocess: string;
  /** "nearest" or "bilinear". */
  interpolation: string;
  /** Of the weights file. Weights that came from none are told apart by other words: "random:seed=7". */
  weightsSha256: string;
  /** Where the weights were found: a path, "imagenet" or "random". */
  weights?: string;
  /** MobileNet's width multiplier. */
  alpha?: number;
  /** "avg" or "max" over height and width of what the layer puts out; absent where that is kept whole. */
  pooling?: string;
  /** What the base's activations were stored as, where that is not float32. The features are float32 either way. */
  precision?: string;
}

export interface FeaturesSplit {
  /** float32 [N, …] */
  features: Tensor<"float32">;
  /** float32 [N]: 0…classes − 1 */
  labels: Tensor<"float32">;
  filenames: string[];
}

export interface Features {
  meta: FeaturesMeta;
  splits: Record<string, FeaturesSplit>;
  /** False when the extraction was interrupted: the rows are good, but there should be more. */
  complete: boolean;
}

interface OpenSplit {
  rows: Hdf5Rows;
  labels: number[];
  filenames: string[];
}

/** Writes features batch by batch; the file appears under its name when `finish` or `finishPartial` has been called. */
export class FeaturesWriter {
  private readonly splits = new Map<string, OpenSplit>();
  private rowShape: readonly number[] | undefined;
  private failed = false;

  private constructor(
    private readonly file: AtomicFile,
    private readonly writer: Hdf5Writer,
    private readonly meta: FeaturesMeta,
  ) {}

  /** Throws `io` when the folder of `path` is missing or not writable. */
  static async create(path: string, meta: FeaturesMeta): Promise<FeaturesWriter> {
    const file = await AtomicFile.begin(path);
    return new FeaturesWriter(file, await Hdf5Writer.create(file.temporaryPath), meta);
  }

  /**
   * Appends a batch to a split, which begins with its first batch.
   *
   * @param features float32 [n, …], of one row shape in the whole file
   * @param labels n class indices
   */
  append(
    split: string,
    features: Tensor<"float32">,
    labels: ArrayLike<number>,
    filenames: readonly string[],
  ): void {
    const [n, ...rowShape] = features.shape;
    if (n !== labels.length || n !== filenames.length) {
      throw new WgraftError(
        "shape",
        `features: ${n} rows, ${labels.length} labels, ${filenames.length} file names`,
      );
    }
    this.rowShape ??= rowShape;
    if (!sameShape(rowShape, this.rowShape)) {
      const [expected, got] = [formatShape(this.rowShape), formatShape(rowShape)];
      throw new WgraftError("shape", `features: expected rows ${expected}, got ${got}`, { expected, got });
    }
    const open = this.splits.get(split) ?? this.openSplit(split);
    this.failed = true;
    open.rows.append(features.dataSync());
    this.failed = false;
    open.labels.push(...Array.from(labels));
    open.filenames.push(...filenames);
  }

  /** All is there: writes the rest and puts the file in its place. */
  async finish(): Promise<void> {
    await this.close(true);
  }

  /**
   * After an interruption: keeps what was appended so far as a valid file, marked `complete` = 0. Returns false, and writes
   * nothing, when there is nothing to keep.
   */
  async finishPartial(): Promise<boolean> {
    if (this.splits.size === 0 || this.failed) {
      await this.abort();
      return false;
    }
    await this.close(false);
    return true;
  }

  /** Drops everything. What was under the file's name before stays. */
  async abort(): Promise<void> {
    try {
      this.writer.close();
    } finally {
      await this.file.discard();
    }
  }

  private openSplit(name: string): OpenSplit {
    if (!/^[^/]+$/.test(name) || name === "." || name === "..") {
      throw new WgraftError("usage", `features: "${name}" cannot be the name of a split`);
    }
    this.writer.group(`/${name}`);
    const split = { rows: this.writer.rows(`/${name}/features`, this.rowShape!), labels: [], filenames: [] };
    this.splits.set(name, split);
    return split;
  }

  private async close(complete: boolean): Promise<void> {
    try {
      for (const [name, { labels, filenames }] of this.splits) {
        this.writer.float32(`/${name}/labels`, [labels.length], Float32Array.from(labels));
        this.writer.strings(`/${name}/filenames`, filenames);
      }
      writeMeta(this.writer, this.meta, complete);
      this.writer.close();
      await this.file.commit();
    } catch (error) {
      await this.abort().catch(() => undefined); // the first failure is the one to tell
      throw error;
    }
  }
}

function writeMeta(writer: Hdf5Writer, meta: FeaturesMeta, complete: boolean): void {
  writeNameList(writer, "/", "class_names", meta.classNames);
  writer.text("/", "application", meta.application);
  writer.text("/", "layer", meta.layer);
  writer.integers("/", "input_shape", meta.inputShape);
  writer.text("/", "preprocess", meta.preprocess);
  writer.text("/", "interpolation", meta.interpolation);
  writer.text("/", "weights_sha256", meta.weightsSha256);
  // A list of one, because paths need not be ASCII.
  if (meta.weights !== undefined) writeNameList(writer, "/", "weights", [meta.weights]);
  if (meta.alpha !== undefined) writer.number("/", "alpha", meta.alpha);
  if (meta.pooling !== undefined) writer.text("/", "pooling", meta.pooling);
  if (meta.precision !== undefined) writer.text("/", "precision", meta.precision);
  writer.integers("/", "complete", [complete ? 1 : 0]);
}

/** Reads a features.h5 whole. Throws `bad-input` that says what does not fit. */
export async function readFeatures(path: string, options: ReadOptions = {}): Promise<Features> {
  return withHdf5(
    path,
    async (file) => {
      const meta = readMeta(file);
      const names = [...file.root.keys()];
      if (names.length === 0) throw file.error("holds no split");
      const splits: Features["splits"] = {};
      for (const name of names) splits[name] = await readSplit(file, name, meta.classNames.length);
      // A file that another program wrote need not tell; only ours can be partial.
      return { meta, splits, complete: file.root.numbers("complete")?.[0] !== 0 };
    },
    options,
  );
}

function readMeta(file: Hdf5File): FeaturesMeta {
  const required = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw file.error(`is not a file of features: it has no attribute ${name}`);
    return value;
  };
  const text = (name: string) => required(name, file.root.string(name));
  const classNames = required("class_names", readNameList(file.root, "class_names"));
  if (classNames.length === 0) throw file.error("its class_names are empty");
  const inputShape = required("input_shape", file.root.numbers("input_shape"));
  if (inputShape.length !== 3 || !inputShape.every((d) => Number.isSafeInteger(d) && d > 0)) {
    throw file.error(
      `its input_shape is ${formatShape(inputShape)}, where (height, width, channels) is needed`,
    );
  }
  const weights = readNameList(file.root, "weights")?.[0];
  const alpha = file.root.numbers("alpha")?.[0];
  const pooling = file.root.string("pooling");
  const precision = file.root.string("precision");
  return {
    classNames,
    application: text("application"),
    layer: text("layer"),
    inputShape,
    preprocess: text("preprocess"),
    interpolation: text("interpolation"),
    weightsSha256: text("weights_sha256"),
    ...(weights !== undefined && { weights }),
    ...(alpha !== undefined && { alpha }),
    ...(pooling !== undefined && { pooling }),
    ...(precision !== undefined && { precision }),
  };
}

async function readSplit(file: Hdf5File, name: string, classes: number): Promise<FeaturesSplit> {
  const dataset = (part: string) => {
    const found = file.root.dataset(`${name}/${part}`);
    if (!found) throw file.error(`split ${name} has no ${part}`);
    return found;
  };
  const [features, labels, filenames] = [dataset("features"), dataset("labels"), dataset("filenames")];
  const n = features.shape[0];
  const lengths = [features, labels, filenames].map((d) => formatShape(d.shape)).join(", ");
  if (
    n === undefined ||
    features.shape.length < 2 ||
    !sameShape(labels.shape, [n]) ||
    !sameShape(filenames.shape, [n])
  ) {
    throw file.error(
      `split ${name}: features, labels and filenames have shapes ${lengths}, which do not fit together`,
    );
  }
  const classIndices = await labels.readFloat32();
  const wrong = classIndices.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong >= 0)
    throw file.error(`split ${name}: label ${wrong} is ${classIndices[wrong]}, with ${classes} classes`);
  return {
    features: new Tensor(await features.readFloat32(), features.shape, "float32"),
    labels: new Tensor(classIndices, [n], "float32"),
    filenames: await filenames.readStrings(),
  };
}
