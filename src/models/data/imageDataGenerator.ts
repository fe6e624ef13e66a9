import { shapeError } from "../../errors.js";
import { listImageFolder, type ImageFolder } from "../../io/dataset/folder.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { either, objectOf, text } from "../../options/checks.js";
import type { Arguments } from "../../options/fields.js";
import { formatSpec, sameShape, Tensor, type Shape } from "../../tensor.js";
import { preprocessInput } from "../applications/preprocess.js";
import { mixSeed, mulberry32 } from "../random.js";
import type { SampleSpec } from "../training/batches.js";
import { applyTransform, brightnessOf } from "./augmentation/applyTransform.js";
import { arrayImages } from "./arrayImages.js";
import { DirectoryFlow } from "./directoryFlow.js";
import {
  directoryFlowTable,
  flowTable,
  type ArrayFlowOptions,
  type DirectoryFlowOptions,
} from "./flowOptions.js";
import { generatorTable, type ImageDataGeneratorOptions } from "./generatorOptions.js";
import { ImageFlow, type ImageProcessing } from "./imageFlow.js";
import { isRandom, randomTransform } from "./augmentation/randomTransform.js";
import { subsetOfFiles, subsetOfSamples } from "./subsets.js";
import type { Convention, TransformParameters } from "./augmentation/transform.js";

type Labels = Tensor<"float32">;

const directoryOrFolder = either(
  text,
  objectOf<ImageFolder>("what listImageFolder returns"),
  "a string that is not empty, or what listImageFolder returns",
);

/**
 * Random transforms of images while they are trained on; Keras's class of that name (its legacy
 * `preprocessing.image`). Not there: featurewise and samplewise normalization, ZCA whitening, `flow_from_dataframe`.
 * @example
 * const augmented = new ImageDataGenerator({ rescale: 1 / 255, rotationRange: 40, horizontalFlip: true });
 * const flow = await augmented.flowFromDirectory("photos/train", {
 *   targetSize: [32, 32],
 *   classMode: "binary",
 * });
 * const model = new Sequential([base, new Dense({ units: 1, activation: "sigmoid" })]);
 * model.compile({ optimizer: "rmsprop", loss: "binary_crossentropy" });
 * await model.fit(flow, { epochs: 10 });
 */
export class ImageDataGenerator {
  private readonly convention: Convention;
  private readonly options: Arguments<typeof generatorTable>;

  /** @throws WgraftError `usage` for an option that is not known or not of its kind */
  constructor(options?: ImageDataGeneratorOptions) {
    this.options = checkOptions(generatorTable, options);
    this.convention = this.options.convention;
  }

  /**
   * Draws a transform for images of a shape [height, width, …].
   * @param seed the same seed draws the same. Default: drawn at random.
   */
  getRandomTransform(shape: Shape, seed = Math.random() * 2 ** 32): TransformParameters {
    return randomTransform(this.options, shape[0], shape[1], mulberry32(seed));
  }

  /**
   * Transforms one image [height, width, channels], on the host in float64.
   * @returns float32 of the same shape
   * @example
   * const generator = new ImageDataGenerator({ rotationRange: 40 });
   * const image = images.slice(0, 1).reshape([32, 32, 3]);
   * const turned = generator.applyTransform(image, { theta: 30, flipHorizontal: true });
   * console.log(turned.shape); // [ 32, 32, 3 ]
   */
  applyTransform(image: Tensor, parameters: TransformParameters): Tensor<"float32"> {
    return applyTransform(image, parameters, this.options);
  }

  /** `applyTransform` of `getRandomTransform`. */
  randomTransform(image: Tensor, seed?: number): Tensor<"float32"> {
    return this.applyTransform(image, this.getRandomTransform(image.shape, seed));
  }

  /**
   * `preprocessingFunction`, then `rescale`. Not in place.
   * @throws WgraftError `shape` where the function does not keep the shape
   */
  standardize(image: Tensor): Tensor<"float32"> {
    const { preprocessingFunction: preprocess = "none", rescale } = this.options;
    const floats = preprocessInput(image, typeof preprocess === "string" ? preprocess : "none");
    const processed = typeof preprocess === "string" ? floats : preprocess(floats);
    if (!sameShape(processed.shape, image.shape)) {
      throw shapeError("preprocessingFunction", formatSpec(floats), formatSpec(processed));
    }
    if (!rescale) return processed;
    const factor = Math.fround(rescale);
    const values = processed.dataSync().map((value) => value * factor);
    return new Tensor(values, image.shape, "float32");
  }

  /**
   * Batches of images that are in memory.
   * @param x (n, height, width, channels): uint8, which `fit` transforms on the GPU, or float32, which the host does
   * @param y labels (n, …)
   * @throws WgraftError `shape`; `usage` and `bad-input` for a subset that cannot be
   * @example
   * const flow = new ImageDataGenerator({ horizontalFlip: true }).flow(images, tensor([0, 1]), { batchSize: 2 });
   */
  flow(x: Tensor, y: Tensor, options?: ArrayFlowOptions): ImageFlow<Labels>;
  flow(x: Tensor, y?: undefined, options?: ArrayFlowOptions): ImageFlow<undefined>;
  flow(x: Tensor, y?: Tensor, options?: ArrayFlowOptions): ImageFlow<Labels | undefined> {
    const { subset, ...flowing } = checkOptions(flowTable, options);
    const channels = x.shape[3];
    if (x.shape.length !== 4 || x.dtype === "uint32" || ![1, 3, 4].includes(channels)) {
      throw shapeError(
        "flow",
        "uint8 or float32 images (n, height, width, channels) of 1, 3 or 4 channels",
        formatSpec(x),
      );
    }
    if (y && y.shape[0] !== x.shape[0]) throw shapeError("flow", `${x.shape[0]} labels`, formatSpec(y));
    const { validationSplit } = this.options;
    const chosen = subset ? subsetOfSamples(x, y, validationSplit, subset) : { x, y };
    const labels = chosen.y && {
      values: Float32Array.from(chosen.y.dataSync()),
      shape: chosen.y.shape.slice(1),
    };
    return new ImageFlow<Labels | undefined>(this.processing(), arrayImages(chosen.x), labels, flowing);
  }

  /**
   * Batches of the images in the class folders of `directory`, listed as `listImageFolder` does it, or by it. They are decoded
   * ahead of use, and once only as far as `cacheBytes` (default 1 GiB) goes.
   * @throws WgraftError what `listImageFolder` throws; `usage`
   * @example
   * const plain = new ImageDataGenerator({ rescale: 1 / 255 });
   * const flow = await plain.flowFromDirectory("photos/validation", { targetSize: [150, 150], classMode: "binary" });
   */
  flowFromDirectory(
    directory: string | ImageFolder,
    options: DirectoryFlowOptions & { classMode: null },
  ): Promise<DirectoryFlow<undefined>>;
  flowFromDirectory(
    directory: string | ImageFolder,
    options?: DirectoryFlowOptions,
  ): Promise<DirectoryFlow<Labels>>;
  async flowFromDirectory(
    directory: string | ImageFolder,
    options?: DirectoryFlowOptions,
  ): Promise<DirectoryFlow<Labels | undefined>> {
    const { targetSize, classes, classMode, limit, subset, batchSize, shuffle, seed, ...reading } =
      checkOptions(directoryFlowTable, options);
    checkArgument("flowFromDirectory", "directory", directoryOrFolder, directory);
    const folder =
      typeof directory === "string" ? await listImageFolder(directory, { classes, limit }) : directory;
    const { classNames } = folder;
    const files = subset
      ? subsetOfFiles(folder.files, classNames.length, this.options.validationSplit, subset)
      : folder.files;
    const [height, width] = targetSize;
    return new DirectoryFlow<Labels | undefined>(
      this.processing(),
      { classNames, files },
      classMode,
      { height, width, ...reading },
      { batchSize, shuffle, seed },
    );
  }

  private processing(): ImageProcessing {
    return {
      convention: this.convention,
      repeatable: typeof this.options.preprocessingFunction !== "function",
      onGpu: (shape) => this.sampleOnGpu(shape),
      draw: (seed, { epoch, repeat }, index, [height, width]) =>
        isRandom(this.options)
          ? randomTransform(this.options, height, width, mulberry32(mixSeed(seed, epoch, repeat, index)))
          : undefined,
      applyTransform: (image, parameters) => this.applyTransform(image, parameters),
      standardize: (image) => this.standardize(image),
    };
  }

  private sampleOnGpu(shape: Shape): SampleSpec | undefined {
    const { fillMode, cval, channelShiftRange, brightnessRange, rescale } = this.options;
    const { preprocessingFunction } = this.options;
    if (typeof preprocessingFunction === "function" || (preprocessingFunction && rescale)) return undefined;
    const augment = {
      fillMode,
      cval,
      channelShift: Boolean(channelShiftRange),
      brightness: brightnessRange && brightnessOf(this.convention),
    };
    return {
      shape,
      dtype: "uint8",
      preprocess: preprocessingFunction ?? (rescale ? "rescale" : "none"),
      scale: rescale || undefined,
      augment: isRandom(this.options) ? augment : undefined,
    };
  }
}
