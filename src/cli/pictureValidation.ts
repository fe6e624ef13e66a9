/** How a model is validated on pictures after each epoch. */
import { WgraftError } from "../errors.js";
import type { FeaturesMeta } from "../io/features.js";
import { ImageDataGenerator } from "../models/data/imageDataGenerator.js";
import { extractFeatures } from "../models/data/extractFeatures.js";
import { ImageSource } from "../models/data/imageSource.js";
import { joined, type LabelledSamples } from "../models/data/score.js";
import { Input } from "../models/layers/inputLayer.js";
import { Model } from "../models/model.js";
import { Sequential } from "../models/sequential.js";
import { ArraySource, type BatchSource } from "../models/training/batches.js";
import type { Callback } from "../models/training/history.js";
import { sizeOf, Tensor } from "../tensor.js";
import { picturesOf } from "./base.js";
import { lossFor } from "./head.js";
import { skipper, type PictureSplit } from "./pictureData.js";
import { startProgress } from "./progress.js";
import type { CommandContext } from "./run.js";
import type { RunSettings } from "./runFolder.js";

/** Bytes of features that are kept for a frozen base; where they are more, it runs again after each epoch. */
const maxFeatureBytes = 2 ** 29;

/**
 * Validation pictures are not augmented, so a frozen base makes the same of them after every epoch: it runs over them
 * once, and only what stands on it is evaluated each time.
 */
export async function validationOf(
  model: Model,
  base: FeaturesMeta,
  split: PictureSplit | undefined,
  settings: RunSettings,
  context: CommandContext,
): Promise<BatchSource | Callback | undefined> {
  if (!split) return undefined;
  const { batchSize, validationSteps, pictures } = settings;
  const onSkip = skipper(split, base.classNames, context.out);
  const { height, width, preprocess, interpolation } = picturesOf(base);
  const decoding = { interpolation, skipBad: pictures?.skipBad, onSkip };
  const parts = splitAtBase(model);
  const wanted = Math.min(split.files.length, (validationSteps ?? Infinity) * batchSize);
  if (!parts || wanted * sizeOf(parts.base.outputShape) * 4 > maxFeatureBytes) {
    return new ImageDataGenerator({ preprocessingFunction: preprocess }).flowFromDirectory(split.path, {
      ...decoding,
      targetSize: [height, width],
      classes: base.classNames,
      classMode: "sparse",
      limit: pictures?.limit ?? undefined,
      shuffle: false,
    });
  }
  const source = new ImageSource(split.files.slice(0, wanted), { height, width, preprocess, ...decoding });
  return headValidation(
    parts.head,
    await featuresOf(parts.base, source, batchSize, context),
    settings,
    context,
  );
}

/** A model with a frozen base as base and rest, which share its layers; undefined where the base trains or there is none. */
function splitAtBase(model: Model): { base: Model; head: Model } | undefined {
  if (!(model instanceof Sequential)) return undefined;
  const [base, ...rest] = model.stackedLayers;
  const isFrozen = base instanceof Model && base.leafLayers.every((l) => l.trainableWeights.length === 0);
  if (!isFrozen || rest.length === 0) return undefined;
  const inputs = Input({ shape: base.outputShape });
  const outputs = rest.reduce((tensor, layer) => layer.apply(tensor), inputs);
  return { base, head: new Model({ inputs, outputs, device: model.device }) };
}

/** Everything that the base makes of the pictures, in memory. */
async function featuresOf(
  base: Model,
  source: ImageSource,
  batchSize: number,
  { signal }: CommandContext,
): Promise<LabelledSamples> {
  const progress = startProgress({ label: "validation features", total: source.samples, transient: true });
  async function* samples(): AsyncGenerator<LabelledSamples> {
    let done = 0;
    for await (const { features: x, labels, files } of extractFeatures(base, source, { batchSize, signal })) {
      progress.update((done += files.length));
      yield { x, labels, files };
    }
  }
  try {
    for await (const all of joined(samples(), Infinity)) return all;
  } finally {
    progress.stop();
  }
  throw new WgraftError("bad-input", "validation: no picture could be read");
}

function headValidation(
  head: Model,
  { x, labels }: LabelledSamples,
  { batchSize }: RunSettings,
  { signal }: CommandContext,
): Callback {
  const source = new ArraySource(x, new Tensor(labels, [labels.length, 1], "float32"));
  head.compile({ loss: lossFor(head.outputShape[0]), metrics: ["acc"] });
  return {
    onEpochEnd: async (_, logs) => {
      const figures = await head.evaluate(source, { batchSize, signal });
      for (const [name, value] of Object.entries(figures)) logs[`val_${name}`] = value;
    },
  };
}
