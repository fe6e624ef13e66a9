/** Names of what programs read and give: one for each input or output of the model. */
import type { TensorData } from "../../tensor.js";
import type { AnyBatch } from "./batches.js";
import { listed } from "../ends.js";

/** `y` and `loss`, of each sample, are given; the rest is read. */
export type FeedKind = "x" | "boxes" | "labels" | "sampleWeight" | "y" | "loss";

/** "x", "x1", "x2"… */
export function nameAt(kind: FeedKind, i: number): string {
  return i === 0 ? kind : `${kind}${i}`;
}

/** Values under their names. */
export function feedsOf(kind: FeedKind, values: readonly TensorData[]): Record<string, TensorData> {
  return Object.fromEntries(values.map((value, i) => [nameAt(kind, i), value]));
}

/** The weights of a batch's samples for each of `outputs` outputs; undefined where all count alike. */
export function weightsOf({ sampleWeight }: AnyBatch, outputs: number): readonly Float32Array[] | undefined {
  if (sampleWeight === undefined) return undefined;
  const given = listed(sampleWeight);
  return given.length === outputs ? given : Array.from({ length: outputs }, () => given[0]);
}
