/** An audit of data as lines of text. */
import { formatTable } from "../../format.js";
import type { DataCheck, ImageGroup, NearGroup } from "../../io/report/dataCheck.js";

/** Of each kind of find, how many are named. */
const mostNamed = 5;

/** What is in the folders, how much was found, the first finds of each kind, and what was not checked. */
export function dataCheckLines(check: DataCheck): string[] {
  const { splits, classNames, sizes, imbalance, notChecked, features } = check;
  const counts = [
    ["", "images", ...classNames],
    ...splits.map(({ name, images, classes }) =>
      [name, images, ...classNames.map((c) => classes[c])].map(String),
    ),
  ];
  const size =
    sizes &&
    `sizes: ${sizes.width.min} to ${sizes.width.max} wide (median ${sizes.width.median}), ${sizes.height.min} to ${sizes.height.max} high (median ${sizes.height.median})`;
  const { ratio, largest, smallest } = imbalance;
  const unbalanced =
    ratio >= 1.5 ? `unbalanced: ${ratio.toFixed(1)} images of ${largest} for each of ${smallest}` : undefined;
  const finds = findsOf(check);
  return [
    ...formatTable(counts),
    ...[size, unbalanced].filter((line) => line !== undefined),
    "",
    ...formatTable(finds.map(({ name, count }) => [name, String(count)])),
    ...finds.flatMap(({ name, examples, count }) => named(name, examples, count)),
    ...(features?.accuracy === undefined
      ? []
      : [
          "",
          `${(100 * features.accuracy).toFixed(1)}% of the labels are predicted in cross-validation on features of ${features.application}`,
        ]),
    ...(notChecked.length > 0
      ? ["", ...notChecked.map(({ what, why }) => `not checked: ${what} (${why})`)]
      : []),
  ];
}

interface Find {
  readonly name: string;
  readonly count: number;
  /** A line for each of the first. */
  readonly examples: readonly string[];
}

function findsOf({ unreadable, duplicates, nearDuplicates, unlikelyLabels, odd }: DataCheck): Find[] {
  const find = <T>(name: string, all: readonly T[], lineOf: (one: T) => string): Find => ({
    name,
    count: all.length,
    examples: all.slice(0, mostNamed).map(lineOf),
  });
  const leaks = duplicates.filter(({ acrossSplits }) => acrossSplits);
  const conflicts = duplicates.filter(({ acrossClasses }) => acrossClasses);
  const rest = duplicates.filter((group) => !group.acrossSplits && !group.acrossClasses);
  const nearLeaks = nearDuplicates.filter(({ acrossSplits }) => acrossSplits);
  const nearRest = nearDuplicates.filter(({ acrossSplits }) => !acrossSplits);
  const nearLine = (group: NearGroup) => `${group.similarity.toFixed(3)}  ${groupLine(group)}`;
  const oddFinds = Object.entries(oddNames).map(([kind, name]) =>
    find(name, odd[kind as keyof typeof odd], ({ file, width, height }) => `${file}  ${width}×${height}`),
  );
  return [
    find("files that cannot be read", unreadable, ({ error }) => error),
    find("groups of copies across splits (leakage)", leaks, groupLine),
    find("groups of copies under several classes", conflicts, groupLine),
    find("other groups of copies", rest, groupLine),
    find("groups of near duplicates across splits (leakage)", nearLeaks, nearLine),
    find("other groups of near duplicates", nearRest, nearLine),
    ...(unlikelyLabels
      ? [
          find(
            "labels that are likely wrong",
            unlikelyLabels,
            ({ file, predicted, probability }) =>
              `${file}  looks like ${predicted}, ${probability.toFixed(3)}`,
          ),
        ]
      : []),
    ...oddFinds.filter(({ count }) => count > 0),
  ];
}

const oddNames = {
  tiny: "tiny images",
  elongated: "images over 3 : 1",
  blank: "blank images",
  grey: "grey images among color ones",
  cmyk: "CMYK images",
  turned: "images with an EXIF orientation",
  severalFrames: "animations and files of several pages",
} as const;

function groupLine({ images }: ImageGroup): string {
  const files = images.slice(0, mostNamed).map(({ file }) => file);
  return [...files, ...(images.length > files.length ? [`… (${images.length} in all)`] : [])].join("  ");
}

function named(name: string, examples: readonly string[], count: number): string[] {
  if (examples.length === 0) return [];
  const heading = examples.length < count ? `${name}, the first ${examples.length} of ${count}:` : `${name}:`;
  return ["", heading, ...examples.map((line) => `  ${line}`)];
}
