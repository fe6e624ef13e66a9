/**
 * features.h5: what a convolutional base made of a dataset. For each split a group with `features` float32 [N, …], `labels`
 * float32 [N] (class indices) and `filenames`; root attributes say where they come from, which is the caller's business.
 */
import { WgraftError } from "../errors.js";
import { formatShape, sameShape, sizeOf, Tensor } from "../tensor.js";
import { AtomicFile } from "./atomic.js";
import type { ReadOptions } from "./hdf5/limits.js";
import { readBlocks } from "./hdf5/readBlocks.js";
import type { Hdf5Dataset } from "./hdf5/dataset.js";
import { withHdf5, type Hdf5File } from "./hdf5/reader.js";
import { Hdf5Writer, type Hdf5Rows } from "./hdf5/writer.js";

export interface FeaturesSplit {
  /** float32 [N, …] */
  features: Tensor<"float32">;
  /** float32 [N]: 0…classes − 1 */
  labels: Tensor<"float32">;
  filenames: string[];
  /** sha256 of each image file; absent in files of earlier versions. */
  sha256?: string[];
  /** EXIF's orientation of each image; absent in files of earlier versions. */
  orientations?: number[];
}

/** What is known of an image besides its name. */
export interface FeaturesImage {
  readonly sha256: string;
  readonly orientation: number;
}

export interface FeaturesContent {
  splits: Record<string, FeaturesSplit>;
  /** False in a file that an earlier version wrote when it was interrupted: there should be more rows. */
  complete: boolean;
}

interface OpenSplit {
  rows: Hdf5Rows;
  labels: number[];
  filenames: string[];
  images: FeaturesImage[];
}

/** Writes features batch by batch; the file appears under its name, whole, when `finish` has been called. */
export class FeaturesFile {
  private readonly splits = new Map<string, OpenSplit>();
  private rowShape: readonly number[] | undefined;

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
   * @param images what is known of them; to be given for all batches of a split, or for none
   */
  append(
    split: string,
    features: Tensor<"float32">,
    labels: ArrayLike<number>,
    filenames: readonly string[],
    images: readonly FeaturesImage[] = [],
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
    open.rows.append(features.dataSync());
    for (const label of Array.from(labels)) open.labels.push(label);
    for (const filename of filenames) open.filenames.push(filename);
    for (const image of images) open.images.push(image);
  }

  /** All is there: writes the rest and puts the file in its place. */
  async finish(): Promise<void> {
    try {
      for (const [name, { labels, filenames, images }] of this.splits) {
        this.writer.float32(`/${name}/labels`, [labels.length], Float32Array.from(labels));
        this.writer.strings(`/${name}/filenames`, filenames);
        if (images.length === 0) continue;
        this.writer.strings(
          `/${name}/sha256`,
          images.map(({ sha256 }) => sha256),
        );
        const orientations = Float32Array.from(images, ({ orientation }) => orientation);
        this.writer.float32(`/${name}/orientations`, [images.length], orientations);
      }
      this.writeOrigin(this.writer);
      this.writer.integers("/", "complete", [1]);
      this.writer.close();
      await this.file.commit();
    } catch (error) {
      await this.abort().catch(() => undefined); // the first failure is the one to tell
      throw error;
    }
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
    const split = {
      rows: this.writer.rows(`/${name}/features`, this.rowShape!),
      labels: [],
      filenames: [],
      images: [],
    };
    this.splits.set(name, split);
    return split;
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
  const split: FeaturesSplit = {
    features: new Tensor(await readInRanges(file, features), features.shape, "float32"),
    labels: new Tensor(classIndices, [n], "float32"),
    filenames: await filenames.readStrings(),
  };
  const [sha256, orientations] = ["sha256", "orientations"].map((part) =>
    file.root.dataset(`${name}/${part}`),
  );
  if (sha256) split.sha256 = await sha256.readStrings();
  if (orientations) split.orientations = Array.from(await orientations.readFloat32());
  if ([split.sha256, split.orientations].some((values) => values && values.length !== n))
    throw file.error(`split ${name}: sha256 and orientations are not those of ${n} images`);
  return split;
}

/** All values of a dataset, which may be more than HDF5 gives at once. */
async function readInRanges(file: Hdf5File, dataset: Hdf5Dataset): Promise<Float32Array> {
  if (dataset.dtype !== "float32" && dataset.dtype !== "float64") return dataset.readFloat32();
  let values: Float32Array | undefined;
  // The first block tells whether the file can have as many as it declares, before there is memory for them.
  for await (const { start, values: block } of readBlocks([dataset])) {
    values ??= allocateFor(file, dataset);
    values.set(block, start);
  }
  return values ?? new Float32Array(0);
}

function allocateFor(file: Hdf5File, { path, shape }: Hdf5Dataset): Float32Array {
  try {
    return new Float32Array(sizeOf(shape));
  } catch (cause) {
    const why = `${path} ${formatShape(shape)}: its ${4 * sizeOf(shape)} bytes do not fit into memory`;
    throw new WgraftError("out-of-memory", file.error(why).message, { cause });
  }
}
