/** Which images of a dataset are for validation, where no folder says so. */
import { WgraftError } from "../../errors.js";
import type { SurveyedFile } from "./survey.js";

export interface HeldOut {
  readonly train: readonly SurveyedFile[];
  readonly validation: readonly SurveyedFile[];
}

/** What a hash says: a number in [0, 1), evenly spread over images. */
const placeOf = ({ sha256 }: SurveyedFile) => parseInt(sha256.slice(0, 12), 16) / 2 ** 48;

/**
 * Takes a share of the images for validation. An image is held out by its content alone: those whose hash is below a
 * threshold. So equal files are on one side, and adding images moves no other. Only in a class where that leaves one
 * side empty, the image of the lowest hash is held out, or that of the highest is not.
 * @param share from 0 to 1, both excluded
 * @throws WgraftError `bad-input` for a class without two different images
 */
export function holdOut(
  files: readonly SurveyedFile[],
  classNames: readonly string[],
  share: number,
): HeldOut {
  const forced = new Map<string, boolean>();
  const isHeldOut = (file: SurveyedFile) => forced.get(file.sha256) ?? placeOf(file) < share;
  for (const label of classNames.keys()) {
    const ofClass = files.filter((file) => file.label === label).sort((a, b) => placeOf(a) - placeOf(b));
    if (ofClass.length === 0) continue;
    const held = ofClass.filter(isHeldOut).length;
    if (held === 0) forced.set(ofClass[0].sha256, true);
    if (held === ofClass.length) forced.set(ofClass.at(-1)!.sha256, false);
  }
  const validation = files.filter(isHeldOut);
  const train = files.filter((file) => !isHeldOut(file));
  for (const [label, name] of classNames.entries()) {
    const has = (part: readonly SurveyedFile[]) => part.some((file) => file.label === label);
    if (has(train) && has(validation)) continue;
    throw new WgraftError(
      "bad-input",
      `the class ${name} needs two different images or more to be split into training and validation; add some, or set \`validationSplit\` to 0 to train without validation`,
      { option: "validationSplit" },
    );
  }
  return { train, validation };
}
