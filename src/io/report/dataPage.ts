/** The page about a dataset: what was found in it, with the images. */
import { thumbnail } from "../images/thumbnail.js";
import type { CheckedImage, DataCheck, ImageGroup, SizedImage } from "./dataCheck.js";
import { markup } from "./html.js";
import { pageHtml } from "./page.js";
import { percent, table, tile, tiles, type Section } from "./parts.js";
import {
  copiesSection,
  labelsSection,
  mostOfGroup,
  mostShown,
  nearSection,
  oddSection,
  type ShownImages,
} from "./sections/dataImages.js";

/** Kinds of odd images in the order of the page. */
const oddKinds = {
  tiny: ["Tiny images", "Enlarged to the size of the model, they show little."],
  elongated: [
    "Long or high images",
    "The longer side is more than three times the shorter: resizing distorts them.",
  ],
  blank: ["Blank images", "Of one brightness throughout: nothing can be learned from them."],
  grey: ["Grey images", "Among images in color. Harmless, unless one class has most of them."],
  cmyk: ["CMYK images", "Made for print. Their colors are converted without a profile, as Pillow does it."],
  turned: [
    "Images with an EXIF orientation",
    "They are stored on their side, and read so, as in Keras, unless the orientation is asked for.",
  ],
  severalFrames: ["Animations and files of several pages", "Only the first frame is read."],
} as const;

/** One file that needs no other and asks for nothing from the network. */
export async function dataPage(check: DataCheck): Promise<string> {
  const { data, images, splits, classNames, duplicates, nearDuplicates, unlikelyLabels, odd, unreadable } =
    check;
  const leaks = duplicates.filter(({ acrossSplits }) => acrossSplits);
  const conflicts = duplicates.filter(({ acrossClasses }) => acrossClasses);
  const plain = duplicates.filter((group) => !group.acrossSplits && !group.acrossClasses);
  const nearFirst = [...nearDuplicates].sort((a, b) => rankOf(b) - rankOf(a));
  const shown: ShownImages = {
    thumbnails: await thumbnailsOf([
      ...[leaks, conflicts, plain, nearFirst].flatMap(imagesOf),
      ...(unlikelyLabels ?? []).slice(0, mostShown),
      ...(Object.values(odd) as (readonly SizedImage[])[]).flatMap((list) => list.slice(0, mostShown)),
    ]),
    nameOf: (path) => (path.startsWith(`${data}/`) ? path.slice(data.length + 1) : path),
  };
  return pageHtml({
    title: `Data of ${data}`,
    subtitle: `${images} images of ${classNames.length} classes in ${splits.map(({ name }) => name).join(", ")}. Nothing was changed.`,
    maker: "Written by wgraft check-data. This file needs no other, and no network.",
    sections: [
      { id: "result", heading: "Result", body: [resultTiles(check), notChecked(check)] },
      { id: "classes", heading: "Classes", body: classesTable(check) },
      copiesSection(
        {
          id: "leaks",
          heading: "Copies in several splits",
          advice: "The same bytes. What is measured on them is not new to the model: keep each in one split.",
        },
        leaks,
        shown,
      ),
      copiesSection(
        {
          id: "conflicts",
          heading: "Copies in several classes",
          advice: "The same bytes under different labels: at most one of them is right.",
        },
        conflicts,
        shown,
      ),
      labels(check, shown),
      nearSection(
        {
          id: "near",
          heading: "Near duplicates",
          advice:
            "Different bytes that look the same: recompressed, resized, mirrored or cropped. Across splits they leak as copies do; those come first.",
        },
        nearFirst,
        shown,
      ),
      copiesSection(
        {
          id: "copies",
          heading: "Copies in one class",
          advice: "The same bytes in one class of one split: they count double in training.",
        },
        plain,
        shown,
      ),
      unreadableSection(check, shown),
      ...(Object.keys(oddKinds) as (keyof typeof oddKinds)[]).map((kind) => {
        const [heading, advice] = oddKinds[kind];
        return oddSection({ id: kind.toLowerCase(), heading, advice }, odd[kind], shown);
      }),
      unreadable.length + duplicates.length + nearDuplicates.length === 0 ? nothingFound : undefined,
    ],
  });
}

const nothingFound: Section = {
  id: "nothing",
  heading: "Copies and files that cannot be read",
  body: markup`<p>There are none.</p>`,
};

/** Across splits first, then across classes, then by similarity. */
function rankOf(group: DataCheck["nearDuplicates"][number]): number {
  return 4 * Number(group.acrossSplits) + 2 * Number(group.acrossClasses) + group.similarity;
}

function imagesOf(groups: readonly ImageGroup[]): CheckedImage[] {
  return groups.slice(0, mostShown).flatMap(({ images }) => images.slice(0, mostOfGroup));
}

/** Files that are decoded at once. */
const concurrency = 4;

async function thumbnailsOf(images: readonly CheckedImage[]): Promise<Map<string, Uint8Array>> {
  const paths = [...new Set(images.map(({ file }) => file))];
  const made = new Map<string, Uint8Array>();
  let next = 0;
  const work = async () => {
    while (next < paths.length) {
      const path = paths[next++];
      const bytes = await thumbnail({ path });
      if (bytes) made.set(path, bytes);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return made;
}

function resultTiles({
  images,
  unreadable,
  duplicates,
  nearDuplicates,
  unlikelyLabels,
  features,
  imbalance,
}: DataCheck) {
  const across = (groups: readonly ImageGroup[]) =>
    `${groups.filter(({ acrossSplits }) => acrossSplits).length} across splits`;
  const { ratio, largest, smallest } = imbalance;
  const accuracy = features?.accuracy;
  return tiles(
    tile("images", String(images)),
    tile("cannot be read", String(unreadable.length)),
    tile("groups of copies", String(duplicates.length), across(duplicates)),
    tile("groups of near duplicates", String(nearDuplicates.length), across(nearDuplicates)),
    tile(
      "labels likely wrong",
      unlikelyLabels ? String(unlikelyLabels.length) : "–",
      accuracy === undefined ? "not checked" : `${percent(accuracy)} predicted in cross-validation`,
    ),
    tile(
      "largest to smallest class",
      Number.isFinite(ratio) ? `${ratio.toFixed(1)} : 1` : "–",
      ratio === 1 ? "" : `${largest}, ${smallest}`,
    ),
  );
}

function notChecked({ notChecked: items, features }: DataCheck) {
  const base = features && markup`<p>Features: ${features.application} up to ${features.layer}.</p>`;
  const list = items.map(({ what, why }) => markup`<li>${what}: ${why.replace(/`/g, "")}</li>`);
  return [base, items.length > 0 && markup`<h3>Not checked</h3><ul>${list}</ul>`];
}

function classesTable({ splits, classNames, sizes }: DataCheck) {
  const size = sizes && [
    markup`<p>From ${sizes.width.min} to ${sizes.width.max} pixels wide (median ${sizes.width.median}), from ${sizes.height.min} to ${sizes.height.max} high (median ${sizes.height.median}).</p>`,
  ];
  return [
    size,
    table({
      caption: "Images that can be read",
      label: "Images of each class in each split",
      head: ["class", ...splits.map(({ name }) => name)],
      rows: [
        ...classNames.map((name) => [name, ...splits.map(({ classes }) => classes[name])]),
        ["all", ...splits.map(({ images }) => images)],
      ],
    }),
  ];
}

function labels({ unlikelyLabels = [], features }: DataCheck, shown: ShownImages): Section | undefined {
  const folds = features?.folds ?? 0;
  const advice = `A classifier on features that was not trained on the image (cross-validation in ${folds} parts) is surer of another class than it commonly is. Some of these are only hard; the surest come first.`;
  return labelsSection(
    { id: "labels", heading: "Labels that are likely wrong", advice },
    unlikelyLabels,
    shown,
  );
}

function unreadableSection({ unreadable }: DataCheck, { nameOf }: ShownImages): Section | undefined {
  if (unreadable.length === 0) return undefined;
  const rows = unreadable.map(({ file, error }) => [nameOf(file), error.replace(`${file}: `, "")]);
  return {
    id: "unreadable",
    heading: `Files that cannot be read (${unreadable.length})`,
    body: table({
      caption: "Training stops at them, unless they are skipped",
      label: "Files that cannot be read",
      head: ["file", "why"],
      rows,
      kind: "settings",
    }),
  };
}
