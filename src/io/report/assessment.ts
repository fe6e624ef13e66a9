/** How good a model is on labelled samples, as pages show it. The figures are computed elsewhere: see `assess`. */

/** What a classifier does with the samples of a class. null: there is nothing to divide by. */
export interface ClassFigures {
  readonly name: string;
  /** Samples of the class, and those predicted as it. */
  readonly samples: number;
  readonly predicted: number;
  /** Share of those predicted as the class that are of it. */
  readonly precision: number | null;
  /** Share of the class that is predicted as it. */
  readonly recall: number | null;
  /** Harmonic mean of the two. */
  readonly f1: number | null;
}

export interface RocPoint {
  /** Samples with at least this probability are called positive; Infinity at the first point: none is. */
  readonly threshold: number;
  /** Share of the negative samples that are called positive. */
  readonly falsePositives: number;
  /** Share of the positive samples that are called positive. */
  readonly truePositives: number;
}

/** Of two classes: what each threshold on the probability of the second one would give. */
export interface RocCurve {
  /** Name of the second class. */
  readonly positive: string;
  /** Area under the curve: the probability that a positive sample has a higher score than a negative one, ties counting half. */
  readonly auc: number;
  /** From (0, 0) to (1, 1): the corners of the curve. */
  readonly points: readonly RocPoint[];
  /** At some round thresholds. */
  readonly thresholds: readonly RocPoint[];
}

/** Samples whose predicted class has a probability above `low`, up to `high`. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly samples: number;
  /** Mean of the probabilities. */
  readonly confidence: number;
  /** Share that is right. */
  readonly accuracy: number;
}

/** How far the probabilities can be believed. */
export interface Calibration {
  /** Those with samples, from low to high. */
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean distance of confidence and accuracy over the samples. */
  readonly error: number;
}

/** A sample that was predicted wrong. */
export interface ShownMistake {
  readonly file: string;
  /** The actual class. */
  readonly class: string;
  readonly predicted: string;
  /** Of the predicted class. */
  readonly probability: number;
  /** A small JPEG; undefined where the image is not known or cannot be read. */
  readonly thumbnail?: Uint8Array;
}

export interface Assessment {
  /** The samples: "validation", "test". */
  readonly split: string;
  readonly samples: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly classNames: readonly string[];
  /** `confusion[i][j]`: samples of class i that were predicted as class j. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ClassFigures[];
  /** Means over the classes that have samples; null where a class has no such figure. */
  readonly macro: Pick<ClassFigures, "precision" | "recall" | "f1">;
  /** Undefined for more than two classes, and where all samples are of one. */
  readonly roc?: RocCurve;
  readonly calibration: Calibration;
  /** The worst: those that the model was surest of. */
  readonly mistakes: readonly ShownMistake[];
  readonly mistakeCount: number;
}

/** An image, and where the model looked. */
export interface HeatMap {
  readonly file: string;
  /** The class that is explained, and its probability. */
  readonly class: string;
  readonly probability: number;
  /** The actual class, where it is known. */
  readonly actual?: string;
  /** Small JPEGs. */
  readonly image: Uint8Array;
  readonly overlay: Uint8Array;
}

/** Heat maps of some images, for a page. */
export interface Explained {
  readonly heatMaps?: readonly HeatMap[];
  /** Why there are none. */
  readonly unexplained?: string;
}
