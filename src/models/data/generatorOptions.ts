import { WgraftError } from "../../errors.js";
import { fillModes } from "../../kernels/image/fillModes.js";
import { preprocessModes, type PreprocessMode } from "../../kernels/image/preprocessModes.js";
import { namesOf } from "../../names.js";
import type { Tensor } from "../../tensor.js";
import type { Preprocess } from "../training/batches.js";
import type { TransformRanges } from "./augmentation/randomTransform.js";
import type { Convention } from "./augmentation/transform.js";
import type { Fill } from "./augmentation/warp.js";

/** Keras's arguments of `ImageDataGenerator`, in camelCase. Every default leaves the images as they are. */
export interface ImageDataGeneratorOptions extends TransformRanges, Fill {
  /** Factor of every value, applied last: 1/255. Default: none. */
  readonly rescale?: number;
  /**
   * What every image (height, width, channels) goes through after its transform and before `rescale`: a function that
   * keeps the shape, on the host; or a name, as in `preprocessInput`, which is as much and runs on the GPU.
   */
  readonly preprocessingFunction?: Preprocess | ((image: Tensor<"float32">) => Tensor<"float32">);
  /** Share of the images that `subset: "validation"` gets, above 0 and below 1. Default: none. */
  readonly validationSplit?: number;
  /** Whose geometry; Keras has no such argument. Default "keras3". */
  readonly convention?: Convention;
}

function isNumbers(value: unknown, length?: number): boolean {
  const isList = Array.isArray(value) && (length === undefined || value.length === length);
  return isList && value.every((item) => Number.isFinite(item));
}

const isNumber = (value: unknown) => Number.isFinite(value);
const isSwitch = (value: unknown) => typeof value === "boolean";
const isPair = (value: unknown) => isNumbers(value, 2);

const expectations: Readonly<
  Record<keyof ImageDataGeneratorOptions, readonly [what: string, isGood: (value: unknown) => boolean]>
> = {
  rotationRange: ["a number of degrees", isNumber],
  widthShiftRange: ["a number or a list of numbers", (v) => isNumber(v) || isNumbers(v)],
  heightShiftRange: ["a number or a list of numbers", (v) => isNumber(v) || isNumbers(v)],
  shearRange: ["a number of degrees", isNumber],
  zoomRange: ["a number or two", (v) => isNumber(v) || isPair(v)],
  horizontalFlip: ["true or false", isSwitch],
  verticalFlip: ["true or false", isSwitch],
  channelShiftRange: ["a number", isNumber],
  brightnessRange: ["two numbers", isPair],
  fillMode: [fillModes.join(", "), (v) => (fillModes as readonly unknown[]).includes(v)],
  cval: ["a number", isNumber],
  rescale: ["a number", isNumber],
  preprocessingFunction: [
    `a function, ${namesOf(preprocessModes).join(", ")}`,
    (v) => typeof v === "function" || namesOf(preprocessModes).includes(v as PreprocessMode),
  ],
  validationSplit: ["a number above 0 and below 1", (v) => isNumber(v) && Number(v) > 0 && Number(v) < 1],
  convention: ["keras3 or keras2", (v) => v === "keras3" || v === "keras2"],
};

/** @throws WgraftError `usage` for an option that is not known or not of its kind */
export function checkOptions(options: ImageDataGeneratorOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const expectation = Object.hasOwn(expectations, name)
      ? expectations[name as keyof ImageDataGeneratorOptions]
      : undefined;
    if (!expectation) throw new WgraftError("usage", `ImageDataGenerator: there is no option ${name}`);
    const [what, isGood] = expectation;
    if (isGood(value)) continue;
    const got = typeof value === "function" ? "a function" : JSON.stringify(value);
    throw new WgraftError("usage", `ImageDataGenerator: ${name}: expected ${what}, got ${got}`);
  }
}
