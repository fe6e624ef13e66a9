/** Explanations of many images, as image files. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted, WgraftError } from "../../errors.js";
import { writeFileAtomic } from "../../io/atomic.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { encodePng } from "../../io/images/encode.js";
import type { DecodedImage } from "../../io/images/formats.js";
import { makeFolder } from "../../io/writing.js";
import type { Classifier } from "../classifier/classifier.js";
import type { ValuesOptions } from "../classifier/classifierOptions.js";
import { listInputs } from "../classifier/imageFiles.js";
import { decodedInput, type ImageInput, type NamedInput } from "../classifier/imageInput.js";
import type { Prediction } from "../classifier/prediction.js";
import type { ExplainOptions } from "./explain.js";
import { featureMapGrid } from "./featureMaps.js";
import { overlayHeatmap } from "./heatmap.js";

export interface ExplainFilesOptions extends ExplainOptions, ValuesOptions {
  /** Folder for the PNG files. */
  out: string;
  /** Replace files that exist. Default false. */
  overwrite?: boolean;
  /** Write what the layer outputs, all its channels in a grid, instead of a heat map. Default false. */
  featureMaps?: boolean;
}

/** What was written for an image. */
export interface ExplainedFile {
  readonly file: string;
  /** The PNG file. */
  readonly out: string;
  readonly layer: string;
  /** What the heat map is of; absent for feature maps. */
  readonly explained?: Prediction;
  /** The most probable class; absent for feature maps. */
  readonly predicted?: Prediction;
  /** Shape (height, width, channels) of feature maps. */
  readonly shape?: readonly number[];
}

/**
 * Explains images one by one and writes each as a PNG file.
 * @throws WgraftError as `Classifier.explain`, and `usage` where a file exists
 */
export async function* explainFiles(
  classifier: Classifier,
  inputs: readonly ImageInput[],
  { out, overwrite = false, featureMaps = false, onSkip, onFiles, ...options }: ExplainFilesOptions,
): AsyncGenerator<ExplainedFile> {
  const { layer, class: wanted, signal } = options;
  if (featureMaps && wanted !== undefined)
    throw new WgraftError("usage", "`class` is for heat maps; feature maps are of no class", {
      option: "class",
    });
  const { items, omitted } = await listInputs(inputs);
  onFiles?.(items.length, omitted);
  await makeFolder(out);
  const names = new Set<string>();
  for (const item of items) {
    throwIfAborted(signal);
    const image = await decodedItem(classifier, item, onSkip);
    if (!image) continue;
    const path = join(out, nameFor(item, names));
    if (!overwrite) await refuseExisting(path);
    const file = nameOf(item);
    if (featureMaps) {
      const { activations, layer: made } = await classifier.featureMaps(image, { layer, signal });
      await writeFileAtomic(path, await encodePng(featureMapGrid(activations)));
      yield { file, out: path, layer: made, shape: activations.shape };
      continue;
    }
    const { label, probability, predicted, heatmap, layer: made } = await classifier.explain(image, options);
    await writeFileAtomic(path, await encodePng(overlayHeatmap(image, heatmap)));
    yield { file, out: path, layer: made, explained: { label, probability }, predicted };
  }
}

type Item = ImageFile | NamedInput;

function nameOf(item: Item): string {
  return "input" in item ? item.name : item.path;
}

/** @returns undefined for an image that is skipped */
async function decodedItem(
  { reading: { exif, skipsBad } }: Classifier,
  item: Item,
  onSkip: ((skipped: SkippedImage) => void) | undefined,
): Promise<DecodedImage | undefined> {
  try {
    return await decodedInput("input" in item ? item.input : item.path, exif, nameOf(item));
  } catch (error) {
    if (!skipsBad || !(error instanceof WgraftError) || error.code !== "bad-input") throw error;
    const name = nameOf(item);
    onSkip?.({ file: "input" in item ? { path: name, relative: name, label: 0 } : item, error });
    return undefined;
  }
}

/** "cats/1.jpg" → "cats-1.png"; where another image has that name, "cats-1-2.png". */
function nameFor(item: Item, taken: Set<string>): string {
  const given = "input" in item ? (item.name === "-" ? "stdin" : item.name) : item.relative;
  const plain = given.replace(/\.[^./\\]+$/, "").replace(/[\\/ ]+/g, "-");
  let name = plain;
  for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`;
  taken.add(name);
  return `${name}.png`;
}

async function refuseExisting(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new WgraftError("usage", `${path} exists; choose another \`out\`, or pass \`overwrite\``, {
    option: "out",
  });
}
