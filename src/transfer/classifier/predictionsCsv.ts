/** Predictions as CSV: a line for each of the most probable classes of each image. */
import { csvLine } from "../../io/csv.js";
import type { FilePrediction } from "./prediction.js";

export const predictionsHeader = csvLine(["file", "rank", "class", "probability"]);

/**
 * The lines of one image, without ends. Ranks count from 1.
 * @example
 * const pets = await Classifier.open("runs/vgg16-1");
 * console.log(predictionsHeader);
 * for await (const one of pets.predictFiles(["photos"], { top: 3 })) console.log(predictionLines(one).join("\n"));
 */
export function predictionLines({ file, top }: FilePrediction): string[] {
  return top.map(({ label, probability }, i) => csvLine([file, i + 1, label, probability]));
}
