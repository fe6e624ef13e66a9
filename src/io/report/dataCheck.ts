/** What is known of a dataset before it is trained on: the content of its page, and of `wgraft check-data --json`. */

/** An image of the dataset. */
export interface CheckedImage {
  /** Its path. */
  readonly file: string;
  /** "train", "validation", "test" */
  readonly split: string;
  /** The class whose folder it is in. */
  readonly class: string;
}

export interface SizedImage extends CheckedImage {
  readonly width: number;
  readonly height: number;
}

export interface UnreadableImage extends CheckedImage {
  readonly error: string;
}

/** Images that are one image. */
export interface ImageGroup {
  readonly images: readonly CheckedImage[];
  /** Some are in one split, some in another: what is measured there is not new to the model. */
  readonly acrossSplits: boolean;
  /** They are in folders of different classes: at least one label is wrong. */
  readonly acrossClasses: boolean;
}

export interface NearGroup extends ImageGroup {
  /** Of the most similar pair of different files: the correlation of their patterns, or the cosine of their features. */
  readonly similarity: number;
  /** What found them. */
  readonly by: readonly ("pixels" | "features")[];
}

export interface UnlikelyLabel extends CheckedImage {
  readonly predicted: string;
  /** Of the predicted class, by a classifier that was not trained on this image. */
  readonly probability: number;
  /** Of the class whose folder it is in. */
  readonly ownProbability: number;
}

export interface CheckedSplit {
  readonly name: string;
  /** Those that can be read. */
  readonly images: number;
  /** Of each class. */
  readonly classes: Readonly<Record<string, number>>;
}

export interface Extremes {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Images that differ from most, by kind. */
export interface OddImages {
  /** A shorter side of less than 24 pixels, or than an eighth of the median. */
  readonly tiny: readonly SizedImage[];
  /** The longer side more than three times the shorter. */
  readonly elongated: readonly SizedImage[];
  /** Of one brightness. */
  readonly blank: readonly SizedImage[];
  /** Without color; empty where all images are. */
  readonly grey: readonly SizedImage[];
  readonly cmyk: readonly SizedImage[];
  /** With an EXIF orientation other than upright. */
  readonly turned: readonly SizedImage[];
  /** Animations and files of several pages: only the first is read. */
  readonly severalFrames: readonly SizedImage[];
}

/** What the checks by features were made with. */
export interface FeatureCheck {
  readonly application: string;
  readonly layer: string;
  /** The share of images whose class a classifier predicts that was not trained on them. */
  readonly accuracy: number | undefined;
  /** Parts of the cross-validation. */
  readonly folds: number | undefined;
}

export interface Unchecked {
  readonly what: string;
  /** Names of options stand in backticks. */
  readonly why: string;
}

export interface DataCheck {
  readonly data: string;
  readonly classNames: readonly string[];
  readonly splits: readonly CheckedSplit[];
  /** Images that can be read. */
  readonly images: number;
  /** Undefined where no image can be read. */
  readonly sizes: { readonly width: Extremes; readonly height: Extremes } | undefined;
  /** Images of the largest class for each of the smallest, in the first split. */
  readonly imbalance: { readonly largest: string; readonly smallest: string; readonly ratio: number };
  readonly unreadable: readonly UnreadableImage[];
  /** Files with the same bytes. */
  readonly duplicates: readonly ImageGroup[];
  /** Files with different bytes that look the same. */
  readonly nearDuplicates: readonly NearGroup[];
  readonly odd: OddImages;
  /** The most unlikely first; undefined where they were not checked. */
  readonly unlikelyLabels: readonly UnlikelyLabel[] | undefined;
  readonly features: FeatureCheck | undefined;
  readonly notChecked: readonly Unchecked[];
  /** What else is in the folders, counted. */
  readonly omitted: Readonly<Record<string, number>>;
}
