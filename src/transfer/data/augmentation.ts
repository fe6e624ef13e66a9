/** The options of random transforms, and what they come to. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import type { FillMode } from "../../kernels/image/fillModes.js";
import { flag, number, oneOf } from "../../options/checks.js";
import { optional } from "../../options/fields.js";
import { augmentPreset, choices } from "../defaults.js";

/** What `ImageDataGenerator` is given; empty where images stay as they are. */
export const augmentationSchema = z.object({
  rotationRange: z.number().optional(),
  widthShiftRange: z.number().optional(),
  heightShiftRange: z.number().optional(),
  shearRange: z.number().optional(),
  zoomRange: z.number().optional(),
  horizontalFlip: z.boolean().optional(),
  fillMode: z.enum(choices.fillMode).optional(),
});
export type Augmentation = z.infer<typeof augmentationSchema>;

export interface AugmentationOptions extends Augmentation {
  /** All transforms, at the tutorial's values unless they are given. Default false. */
  augment?: boolean;
}

const range = optional(number({ min: 0 }));
export const augmentationFields = {
  augment: optional(flag),
  rotationRange: range,
  widthShiftRange: range,
  heightShiftRange: range,
  shearRange: range,
  zoomRange: optional(number({ min: 0, below: 1 })),
  horizontalFlip: optional(flag),
  fillMode: optional(oneOf<FillMode>(choices.fillMode)),
};

const names = Object.keys(augmentPreset) as (keyof Augmentation)[];

/** Names of all these options. */
export const augmentationOptions = ["augment", ...names] as const;

/**
 * `augment` stands for all transforms; an option of one takes precedence, and switches on that one alone without it.
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
      "`fillMode` fills what a transform leaves open; add `augment` or a range",
      { option: "fillMode" },
    );
  return given;
}
