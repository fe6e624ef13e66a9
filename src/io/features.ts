/**
 * features.h5: what a convolutional base made of a dataset. For each split a group with `features` float32 [N, …], `labels`
 * float32 [N] (class indices) and `filenames`; root attributes say where they come from, which is the caller's business.
 */
import { WgraftError } from "../errors.js";
import { formatShape, sameShape, Tensor } from "../tensor.js";
import { AtomicFile } from "./atomic.js";
import type { ReadOptions } from "./hdf5/limits.js";
import { withHdf5, type Hdf5File } from "./hdf5/reader.js";
import { Hdf5Writer, type Hdf5Rows } from "./hdf5/writer.js";

export interface FeaturesSplit {
  /** float32 [N, …] */
  features: Tensor<"float32">;
  /** float32 [N]: 0…classes − 1 */
  labels: Tensor<"float32">;
  filenames: string[];
}

export interface FeaturesContent {
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
export class FeaturesFile {
  private readonly splits = new Map<string, OpenSplit>();
  private rowShape: readonly number[] | undefined;
  private failed = false;

  private constructor(
    private readonly file: AtomicFile,
    private readonly writer: Hdf5Writer,
    private readonly writeOrigin: (writer: Hdf5Writer) => void,
  ) {}

  /**
   * Throws `io` when the folder of `path` is missing or not writable.
   * @param writeOrigin writes root attributes that say where the features come from
   */
  static async create(path: string, writeOrigin: (writer: Hdf5Writer) => void): Promise<FeaturesFile> {
    const file = await AtomicFile.begin(path);
    return new FeaturesFile(file, await Hdf5Writer.create(file.temporaryPath), writeOrigin);
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
    for (const label of Array.from(labels)) open.labels.push(label);
    for (const filename of filenames) open.filenames.push(filename);
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
      this.writeOrigin(this.writer);
      this.writer.integers("/", "complete", [complete ? 1 : 0]);
      this.writer.close();
      await this.file.commit();
    } catch (error) {
      await this.abort().catch(() => undefined); // the first failure is the one to tell
      throw error;
    }
  }
}

/**
 * Reads a features.h5 whole. Throws `bad-input` that says what does not fit.
 * @param readOrigin reads the root attributes that say where the features come from
 */
export async function readFeaturesFile<T extends { readonly classNames: readonly string[] }>(
  path: string,
  readOrigin: (file: Hdf5File) => T,
  options: ReadOptions = {},
): Promise<FeaturesContent & { origin: T }> {
  const use = async (file: Hdf5File) => {
    const origin = readOrigin(file);
    const names = [...file.root.keys()];
    if (names.length === 0) throw file.error("holds no split");
    const splits: FeaturesContent["splits"] = {};
    for (const name of names) splits[name] = await readSplit(file, name, origin.classNames.length);
    // A file that another program wrote need not tell; only ours can be partial.
    return { origin, splits, complete: file.root.numbers("complete")?.[0] !== 0 };
  };
  return withHdf5(path, use, options);
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
