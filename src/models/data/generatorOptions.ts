import { fillModes } from "../../kernels/image/fillModes.js";
import { preprocessModes } from "../../kernels/image/preprocessModes.js";
import { namesOf } from "../../names.js";
import { check, either, flag, listOf, number, oneOf, pairOf, type Check } from "../../options/checks.js";
import { nullable, optional, optionsOf } from "../../options/fields.js";
import type { Tensor } from "../../tensor.js";
import type { Preprocess } from "../training/batches.js";
import type { ShiftRange, TransformRanges } from "./augmentation/randomTransform.js";
import type { Convention } from "./augmentation/transform.js";
import type { Fill } from "./augmentation/warp.js";

/** Keras's arguments of `ImageDataGenerator`, in camelCase. Every default leaves the images as they are. */
export interface ImageDataGeneratorOptions extends TransformRanges, Fill {
  /** Factor of every value, applied last: 1/255. Default: none. */
  readonly rescale?: number | null;
  /**
   * What every image (height, width, channels) goes through after its transform and before `rescale`: a function that
   * keeps the shape, on the host; or a name, as in `preprocessInput`, which is as much and runs on the GPU.
   */
  readonly preprocessingFunction?: Preprocess | ((image: Tensor<"float32">) => Tensor<"float32">) | null;
  /** Share of the images that `subset: "validation"` gets, above 0 and below 1. Default: none. */
  readonly validationSplit?: number | null;
  /** Whose geometry; Keras has no such argument. Default "keras3". */
  readonly convention?: Convention;
}

const ratio = number();
const degrees = number({ name: "a number of degrees" });
const shift: Check<ShiftRange> = either(ratio, listOf(ratio), "a number or a list of numbers");
const preprocessing: Check<Exclude<ImageDataGeneratorOptions["preprocessingFunction"], null | undefined>> =
  either(
    check<(image: Tensor<"float32">) => Tensor<"float32">>(
      "a function",
      (value) => typeof value === "function",
    ),
    oneOf<Preprocess>(namesOf(preprocessModes)),
  );

export const generatorTable = optionsOf<ImageDataGeneratorOptions>("ImageDataGenerator").fields({
  rotationRange: optional(degrees, 0),
  widthShiftRange: optional(shift, 0),
  heightShiftRange: optional(shift, 0),
  shearRange: optional(degrees, 0),
  zoomRange: optional(either(ratio, pairOf(ratio, ""), "a number or two"), 0),
  channelShiftRange: optional(ratio, 0),
  brightnessRange: nullable(optional(pairOf(ratio, "two numbers"))),
  horizontalFlip: optional(flag, false),
  verticalFlip: optional(flag, false),
  fillMode: optional(oneOf(fillModes), "nearest"),
  cval: optional(ratio, 0),
  rescale: nullable(optional(ratio)),
  preprocessingFunction: nullable(optional(preprocessing)),
  validationSplit: nullable(optional(number({ above: 0, below: 1 }))),
  convention: optional(oneOf<Convention>(["keras3", "keras2"]), "keras3"),
});
