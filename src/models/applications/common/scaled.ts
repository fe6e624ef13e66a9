/** Networks whose width can be scaled, with weights for some widths and heights of images. */
import { WgraftError } from "../../../errors.js";
import type { PublishedWeights } from "../../../io/cache/weightsCache.js";
import { number } from "../../../options/checks.js";
import { optional } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import type { PublishedWeightsOptions, SpecialOption } from "./description.js";

export interface AlphaOptions {
  /** Factor of the widths of all layers. Default 1. */
  alpha?: number;
}

export const alphaOption: { readonly alpha: SpecialOption<number> } = {
  alpha: {
    summary: "factor of the widths of all layers",
    field: optional(number({ above: 0 }), 1),
  },
};

interface Scales {
  /** What the files' names say for each alpha. */
  readonly alphas: ReadonlyMap<number, string>;
  /** Of the images that weights were trained on. Those of the last one serve every other height. */
  readonly heights: readonly number[];
}

/** The height whose published weights go with an input. */
export function heightOfWeights({ heights }: Scales, [height, width]: Shape): number {
  return height === width && heights.includes(height) ? height : heights.at(-1)!;
}

/**
 * The published weights of such a network.
 * @param fileOf what is published for an alpha, as names have it
 */
export function scaledWeights(
  application: string,
  scales: Scales,
  fileOf: (alpha: string, rows: number, includeTop: boolean) => PublishedWeights,
) {
  const { alphas, heights } = scales;
  const defaultSize = heights.at(-1)!;
  return ({
    includeTop = true,
    alpha = 1,
    inputShape = [defaultSize, defaultSize, 3],
    rows = heightOfWeights(scales, inputShape),
  }: PublishedWeightsOptions & AlphaOptions): PublishedWeights => {
    const width = alphas.get(alpha);
    if (width !== undefined && heights.includes(rows)) return fileOf(width, rows, includeTop);
    throw new WgraftError(
      "usage",
      `${application} has published weights for alpha ${[...alphas.keys()].join(", ")} and ${heights.join(", ")} rows, not alpha ${alpha} and ${rows}`,
    );
  };
}
