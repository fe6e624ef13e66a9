/** The options of random transforms, and what they come to. */
import { z } from "zod";
import { WgraftError } from "../errors.js";
import { fillModes, type FillMode } from "../kernels/image/fillModes.js";

/** What `ImageDataGenerator` is given; empty where pictures stay as they are. */
export const augmentationSchema = z.object({
  rotationRange: z.number().optional(),
  widthShiftRange: z.number().optional(),
  heightShiftRange: z.number().optional(),
  shearRange: z.number().optional(),
  zoomRange: z.number().optional(),
  horizontalFlip: z.boolean().optional(),
  fillMode: z.enum(fillModes).optional(),
});
export type Augmentation = z.infer<typeof augmentationSchema>;

export interface AugmentationOptions {
  augment?: boolean;
  rotationRange?: number;
  widthShiftRange?: number;
  heightShiftRange?: number;
  shearRange?: number;
  zoomRange?: number;
  horizontalFlip?: boolean;
  fillMode?: FillMode;
}

/** What `--augment` switches on: the tutorial's. */
export const augmentPreset = {
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  fillMode: "nearest",
} as const satisfies Required<Augmentation>;

const names = Object.keys(augmentPreset) as (keyof Augmentation)[];

/** Names of all these options. */
export const augmentationOptions = ["augment", ...names] as const;

/**
 * `--augment` stands for all transforms; an option of one goes before it, and switches on that one alone without it.
 * @throws WgraftError `usage` for a fill mode without any transform
 */
export function augmentationOf(options: AugmentationOptions): Augmentation {
  const given = Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Augmentation;
  if (options.augment) return { ...augmentPreset, ...given };
  if (given.fillMode !== undefined && Object.keys(given).length === 1)
    throw new WgraftError(
      "usage",
      "--fill-mode fills what a transform leaves open; add --augment or a range",
    );
  return given;
}
