/** A trained model with its class names and its preprocessing, in one object. */
import { isDeepStrictEqual } from "node:util";
import { throwIfAborted, WgraftError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { channelsOf, prepareImage } from "../../io/images/prepare.js";
import { classify, noClasses, type Classification } from "../../models/data/score.js";
import type { Model } from "../../models/model.js";
import type { OutputMeaning } from "../../models/outputs.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { text } from "../../options/checks.js";
import { Tensor } from "../../tensor.js";
import type { FeaturesMeta } from "../provenance.js";
import { isApplication } from "../defaults.js";
import {
  explainPixels,
  explainTable,
  featureMapsOf,
  featureMapsTable,
  type ExplainOptions,
  type Explanation,
  type FeatureMaps,
  type FeatureMapsOptions,
} from "../explain/explain.js";
import { openApplication } from "./application.js";
import { listInputs } from "./imageFiles.js";
import { decodedInput, outputsOfInputs, type ImageInput, type NamedInput } from "./imageInput.js";
import { openImageInputs, type ImageInputs, type Outputs } from "./imageInputs.js";
import {
  openTable,
  predictFilesTable,
  predictTable,
  valuesTable,
  type ClassifierOptions,
  type PredictFilesOptions,
  type PredictImageOptions,
  type ValuesOptions,
} from "./classifierOptions.js";
import type { FilePrediction, FileValues, Prediction } from "./prediction.js";
import { classesOf, openSavedModel, type SavedModel } from "./savedModel.js";

/**
 * A trained model with all that it needs to classify images: class names, base and preprocessing.
 * @example
 * const pets = await Classifier.open("runs/vgg16-1"); // the model, its class names and preprocessing
 * const [{ label, probability }] = await pets.predict("cat.jpg", { top: 1 });
 */
export class Classifier {
  private constructor(
    private readonly saved: SavedModel,
    private readonly images: ImageInputs,
    /** Index i is output i. */
    readonly classNames: readonly string[],
  ) {}

  /**
   * Opens a trained model; where it is a head on features, its base as well.
   * @param path a run folder, or a model file: of a run, or any Keras model that takes images; or the name of an application,
   *   for the published network with its top, which distinguishes ImageNet's classes
   * @throws WgraftError `bad-input` for a file that is not what it should be, `usage` for options that contradict what the
   *   model was trained with, `io` where weights of the base cannot be had
   * @example
   * const pets = await Classifier.open("runs/vgg16-1");
   * const [{ label, probability }] = await pets.predict("cat.jpg", { top: 1 });
   * const anything = await Classifier.open("mobilenetv2");
   */
  static async open(path: string, given?: ClassifierOptions): Promise<Classifier> {
    checkArgument("Classifier.open", "path", text, path);
    const options = checkOptions(openTable, given);
    if (isApplication(path)) {
      const opened = await openApplication(path, options);
      // These are its own weights, not those of a base below it.
      const inputs = await openImageInputs(opened, { ...options, weights: undefined });
      return new Classifier(opened, inputs, classNamesOf(opened, options.classNames));
    }
    if (options.classIndex !== undefined) throw classIndexForFile(path);
    const saved = await openSavedModel(path, options);
    const names = classNamesOf(saved, options.classNames);
    return new Classifier(saved, await openImageInputs(saved, options), names);
  }

  /** The model alone, without its base where it is a head on features. */
  get model(): Model {
    return this.saved.model;
  }

  /** Whether its outputs are classes: probabilities, or logits that become such; values are neither. */
  get meaning(): OutputMeaning {
    return this.saved.meaning;
  }

  /** What the model was trained on; undefined where nothing is recorded. */
  get meta(): FeaturesMeta | undefined {
    return this.saved.base;
  }

  /**
   * The classes of one image, the most probable first.
   * @throws WgraftError `bad-input` for an image that does not decode, `usage` for a URL that is not a file's, `aborted`
   * @example
   * const pets = await Classifier.open("runs/vgg16-1");
   * const predictions = await pets.predict("cat.jpg", { top: 3 });
   * for (const { label, probability } of predictions) console.log(label, probability.toFixed(3));
   */
  async predict(image: ImageInput, options?: PredictImageOptions): Promise<Prediction[]> {
    const { top, signal } = checkOptions(predictTable, options);
    throwIfAborted(signal);
    const { preparation } = this.images;
    const { colorMode, exif } = preparation;
    const pixels = await decodedInput(image, exif);
    const { height = pixels.height, width = pixels.width } = preparation;
    const shape = [1, height, width, channelsOf(colorMode)];
    const x = new Tensor(prepareImage(pixels, preparation), shape, "uint8");
    const [{ probabilities }] = this.classify(await this.images.outputsOf(x, signal));
    return this.mostProbable(probabilities, top);
  }

  /**
   * Where in an image the model sees a class: a heat map (Grad-CAM, see `gradCam`) at the size of the image, 0 where the model
   * does not see the image because it is cut first.
   * @throws WgraftError as `predict`, and `usage` for a class or a layer that there is not
   * @example
   * const pets = await Classifier.open("runs/vgg16-1");
   * const { label, probability, image, heatmap } = await pets.explain("cat.jpg", { class: "cats" });
   * const overlay = overlayHeatmap(image, heatmap);
   */
  async explain(image: ImageInput, options?: ExplainOptions): Promise<Explanation> {
    const checked = checkOptions(explainTable, options);
    throwIfAborted(checked.signal);
    const { images, classNames } = this;
    const pixels = await decodedInput(image, images.preparation.exif);
    return explainPixels({ images, classNames, saved: this.saved }, pixels, checked);
  }

  /**
   * What a convolution of the model outputs for an image.
   * @throws WgraftError as `explain`
   * @example
   * const pets = await Classifier.open("runs/vgg16-1");
   * const { activations } = await pets.featureMaps("cat.jpg", { layer: "block1_conv2" });
   * const grid = featureMapGrid(activations);
   */
  async featureMaps(image: ImageInput, options?: FeatureMapsOptions): Promise<FeatureMaps> {
    const checked = checkOptions(featureMapsTable, options);
    throwIfAborted(checked.signal);
    const pixels = await decodedInput(image, this.images.preparation.exif);
    return featureMapsOf(this.images, pixels, checked);
  }

  /** Whether `explainFiles` and its like omit images that do not decode, and whether EXIF's orientation counts. */
  get reading(): { readonly skipsBad: boolean; readonly exif: boolean } {
    const { skipsBad, preparation } = this.images;
    return { skipsBad, exif: preparation.exif };
  }

  /**
   * The most probable class of each image, in order and in batches; the next files are decoded meanwhile. A path of a folder
   * stands for all images in it and below.
   * @throws WgraftError `bad-input` at the first image that does not decode, unless the classifier was opened with `skipBad`;
   *   `aborted`
   * @example
   * const pets = await Classifier.open("runs/vgg16-1");
   * for await (const { file, label } of pets.predictFiles(["a.jpg", "b.jpg"])) console.log(file, label);
   * for await (const { top } of pets.predictFiles([process.stdin], { top: 3 })) console.log(top);
   */
  async *predictFiles(
    inputs: readonly ImageInput[],
    options?: PredictFilesOptions,
  ): AsyncGenerator<FilePrediction> {
    const checked = checkOptions(predictFilesTable, options);
    for await (const { outputs, files: part } of this.outputsOf(inputs, checked)) {
      for (const [i, { predicted, ...figures }] of this.classify(outputs).entries()) {
        const top = this.mostProbable(figures.probabilities, checked.top);
        yield { file: part[i].path, label: this.classNames[predicted], top, ...figures };
      }
    }
  }

  /**
   * The model's outputs for each image, in order, whatever they mean; otherwise as `predictFiles`.
   * @example
   * const scorer = await Classifier.open("scorer.h5", { preprocess: "rescale" });
   * for await (const { file, values } of scorer.values(["a.jpg"])) console.log(file, values[0]);
   */
  async *values(inputs: readonly ImageInput[], options?: ValuesOptions): AsyncGenerator<FileValues> {
    for await (const { outputs, files } of this.outputsOf(inputs, checkOptions(valuesTable, options))) {
      const row = outputs.size / files.length;
      for (const [i, { path: file }] of files.entries())
        yield { file, values: Array.from(outputs.dataSync().subarray(i * row, (i + 1) * row)) };
    }
  }

  private async *outputsOf(
    inputs: readonly ImageInput[],
    { signal, onSkip, onFiles }: ValuesOptions,
  ): AsyncGenerator<Outputs> {
    const { items, omitted } = await listInputs(inputs);
    onFiles?.(items.length, omitted);
    const { batchSize, skipsBad } = this.images;
    for (let from = 0, to = 0; from < items.length; from = to) {
      const isFile = (item: ImageFile | NamedInput) => !("input" in item);
      while (to < items.length && isFile(items[to]) === isFile(items[from])) to++;
      const run = items.slice(from, to);
      if (isFile(run[0])) yield* this.images.outputs(run as ImageFile[], onSkip, signal);
      else {
        const skip = skipsBad ? (bad: SkippedImage) => onSkip?.(bad) : undefined;
        yield* outputsOfInputs(run as NamedInput[], this.images, batchSize, skip, signal);
      }
    }
  }

  private mostProbable(probabilities: readonly number[], top: number): Prediction[] {
    return probabilities
      .map((probability, i) => ({ label: this.classNames[i], probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, top);
  }

  private classify(outputs: Tensor<"float32">): Classification[] {
    const { model, meaning, path } = this.saved;
    if (meaning === "values")
      throw new WgraftError("bad-input", `${path}: the model's outputs ${noClasses}; \`values\` gives them`);
    return classify(outputs, classesOf(model), meaning);
  }
}

function classIndexForFile(path: string): WgraftError {
  return new WgraftError(
    "usage",
    `\`classIndex\` is for an application by its name; ${path} is a saved model`,
    { option: "classIndex" },
  );
}

function classNamesOf(
  { model, path, base }: SavedModel,
  given: readonly string[] | undefined,
): readonly string[] {
  const recorded = base?.classNames;
  if (given && recorded && !isDeepStrictEqual(given, recorded)) {
    throw new WgraftError(
      "usage",
      `\`classNames\` ${given.join(",")}: ${path} was trained on ${recorded.join(",")}; omit \`classNames\``,
      { option: "classNames", expected: recorded, got: given },
    );
  }
  const classes = classesOf(model);
  const names = recorded ?? given;
  if (!names) return Array.from({ length: classes }, (_, i) => `class ${i}`);
  if (names.length === classes) return names;
  throw new WgraftError(
    "bad-input",
    `${path}: has ${classes} classes, but ${names.length} names were given: ${names.join(", ")}`,
  );
}
