/** Heat maps of some images, for the page of a run or of an evaluation. */
import { throwIfAborted, WgraftError, type ErrorCode } from "../../errors.js";
import { decodeImage } from "../../io/images/decode.js";
import { readImage } from "../../io/images/readImage.js";
import { thumbnailOf } from "../../io/images/thumbnail.js";
import type { Explained, HeatMap } from "../../io/report/assessment.js";
import type { ImageSample } from "../assessment/assessor.js";
import { explainPixels, type Explainable } from "./explain.js";
import { overlayHeatmap } from "./heatmap.js";

/** What costs a page its heat maps alone: a model that has no maps, no memory for their gradients, an interruption. */
const excused: readonly ErrorCode[] = ["usage", "not-supported", "out-of-memory", "aborted"];

/**
 * Explains the predicted class of each image. Images that cannot be read are omitted; where the model cannot be explained, the
 * result says why.
 */
export async function explainSome(
  samples: readonly { readonly sample: ImageSample; readonly actual: string }[],
  explainable: Explainable,
  signal: AbortSignal | undefined,
): Promise<Explained> {
  const heatMaps: HeatMap[] = [];
  const { exif } = explainable.images.preparation;
  for (const { sample, actual } of samples) {
    try {
      throwIfAborted(signal);
      const decoded = await decodeImage(await readImage(sample), { exif, name: sample.path });
      const image = await thumbnailOf(decoded);
      const small = await decodeImage(image);
      const { label, probability, heatmap } = await explainPixels(explainable, decoded, { signal }, small);
      const overlay = await thumbnailOf(overlayHeatmap(small, heatmap));
      heatMaps.push({ file: sample.relative, class: label, probability, actual, image, overlay });
    } catch (error) {
      if (!(error instanceof WgraftError)) throw error;
      if (error.code === "bad-input") continue;
      if (!excused.includes(error.code)) throw error;
      return { unexplained: `There are no heat maps: ${error.message}.` };
    }
  }
  return { heatMaps };
}
