/** Images of a dataset that somebody ought to look at. */
import type { CheckedImage, ImageGroup, NearGroup, SizedImage, UnlikelyLabel } from "../dataCheck.js";
import { markup, type Html } from "../html.js";
import { image, percent, type Section } from "../parts.js";

/** Groups or images that a section shows. */
export const mostShown = 48;
/** Images of a group that are shown. */
export const mostOfGroup = 4;

/** What a page knows of images besides what was found. */
export interface ShownImages {
  /** Small JPEGs by path. */
  readonly thumbnails: ReadonlyMap<string, Uint8Array>;
  /** A path as the page has it. */
  readonly nameOf: (path: string) => string;
}

interface SectionText {
  readonly id: string;
  readonly heading: string;
  /** What they are, and what to do about them. */
  readonly advice: string;
}

/** Files with the same bytes: one image of each group. */
export function copiesSection(
  text: SectionText,
  groups: readonly ImageGroup[],
  shown: ShownImages,
): Section | undefined {
  return section(text, "groups", groups, "images", (group) =>
    item(group.images.slice(0, 1), groupLines(group, shown), shown),
  );
}

/** Files that look the same, next to each other. */
export function nearSection(
  text: SectionText,
  groups: readonly NearGroup[],
  shown: ShownImages,
): Section | undefined {
  return section(text, "groups", groups, "images pairs", (group) =>
    item(group.images.slice(0, mostOfGroup), groupLines(group, shown, group.similarity.toFixed(3)), shown),
  );
}

/** Where the images are, after the splits or classes in which they differ. */
function groupLines(
  { images, acrossSplits, acrossClasses }: ImageGroup,
  shown: ShownImages,
  note?: string,
): Html[] {
  const differing = [
    ...(acrossSplits ? [distinct(images.map(({ split }) => split))] : []),
    ...(acrossClasses ? [distinct(images.map((one) => one.class))] : []),
    ...(note === undefined ? [] : [note]),
  ];
  const paths = images.slice(0, mostOfGroup).map(({ file }) => shown.nameOf(file));
  const more = images.length > mostOfGroup ? [`and ${images.length - mostOfGroup} more`] : [];
  return [
    ...(differing.length > 0 ? [markup`<span><b>${differing.join(" · ")}</b></span>`] : []),
    ...[...paths, ...more].map((line) => markup`<span class="soft">${line}</span>`),
  ];
}

function distinct(names: readonly string[]): string {
  return [...new Set(names)].join(" and ");
}

export function oddSection(
  text: SectionText,
  images: readonly SizedImage[],
  shown: ShownImages,
): Section | undefined {
  return section(text, "images", images, "images", (one) =>
    item(
      [one],
      [
        markup`<span>${one.width} × ${one.height}</span>`,
        markup`<span class="soft">${shown.nameOf(one.file)}</span>`,
      ],
      shown,
    ),
  );
}

export function labelsSection(
  text: SectionText,
  labels: readonly UnlikelyLabel[],
  shown: ShownImages,
): Section | undefined {
  return section(text, "images", labels, "images", (one) => {
    const { file, class: name, predicted, probability } = one;
    const lines = [
      markup`<span>labelled <b>${name}</b></span>`,
      markup`<span>looks like <b>${predicted}</b>, ${percent(probability)}</span>`,
      markup`<span class="soft">${shown.nameOf(file)}</span>`,
    ];
    return item([one], lines, shown);
  });
}

function section<T>(
  { id, heading, advice }: SectionText,
  what: string,
  all: readonly T[],
  kind: string,
  itemOf: (one: T) => Html,
): Section | undefined {
  if (all.length === 0) return undefined;
  const count = all.length > mostShown ? `The first ${mostShown} of ${all.length} ${what}.` : undefined;
  return {
    id,
    heading: `${heading} (${all.length})`,
    body: [
      markup`<p>${advice}${count !== undefined && ` ${count}`}</p>`,
      markup`<ul class="${kind}">${all.slice(0, mostShown).map(itemOf)}</ul>`,
    ],
  };
}

function item(images: readonly CheckedImage[], lines: readonly Html[], shown: ShownImages): Html {
  const frames = images.map(({ file }) => {
    const bytes = shown.thumbnails.get(file);
    return bytes ? image(bytes, shown.nameOf(file)) : markup`<span>no image available</span>`;
  });
  return markup`<li><figure><div class="frame">${frames}</div><figcaption>${lines}</figcaption></figure></li>`;
}
