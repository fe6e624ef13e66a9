/** What was written for images, as lines of text. */
import { formatTable } from "../../format.js";
import { formatShape } from "../../tensor.js";
import type { ExplainedFile } from "./explainFiles.js";

/** A line for each image: its class and probability, or the shape of its maps, and the file. */
export function explainedLines(found: readonly ExplainedFile[]): string[] {
  return formatTable(found.map(rowOf));
}

function rowOf({ file, out, explained, predicted, shape }: ExplainedFile): string[] {
  if (!explained || !predicted) return [file, formatShape(shape ?? []), out];
  const other = predicted.label === explained.label ? "" : ` (predicted ${predicted.label})`;
  return [file, explained.label + other, explained.probability.toFixed(4), out];
}
