/** Takes the predictions of labelled samples one by one, and says how good they are. */
import { thumbnail } from "../../io/images/thumbnail.js";
import type { Place } from "../../io/place.js";
import type { Assessment, ShownMistake } from "../../io/report/assessment.js";
import type { Classification } from "../../models/data/score.js";
import { calibrationOf } from "./calibration.js";
import { classFigures, macroFigures } from "./classFigures.js";
import { rocCurve } from "./rocCurve.js";

/** Mistakes that a page shows with their images. */
export const shownMistakes = 24;

/** What a sample is known by, and where its image is, if there is one. */
export interface AssessedSample extends Partial<Place> {
  readonly relative: string;
}

interface KeptMistake {
  readonly sample: AssessedSample;
  readonly label: number;
  readonly predicted: number;
  readonly probability: number;
}

/** What is known of the samples as a whole. */
export interface AssessedSplit extends Pick<Assessment, "split" | "loss" | "accuracy"> {
  /** Turn thumbnails upright as EXIF's orientation says. */
  readonly exif: boolean;
}

export class Assessor {
  private readonly confusion: number[][];
  private readonly confidences: number[] = [];
  private readonly isRight: boolean[] = [];
  /** Of two classes: the probability of the second one, and whether the sample is of it. */
  private readonly scores: number[] = [];
  private readonly isSecond: boolean[] = [];
  private worst: KeptMistake[] = [];
  private mistakeCount = 0;

  constructor(private readonly classNames: readonly string[]) {
    this.confusion = classNames.map(() => classNames.map(() => 0));
  }

  add(
    label: number,
    { predicted, probability, probabilities }: Classification,
    sample: AssessedSample,
  ): void {
    this.confusion[label][predicted]++;
    this.confidences.push(probability);
    this.isRight.push(label === predicted);
    if (this.classNames.length === 2) {
      this.scores.push(probabilities[1]);
      this.isSecond.push(label === 1);
    }
    if (label === predicted) return;
    this.mistakeCount++;
    this.worst.push({ sample, label, predicted, probability });
    if (this.worst.length >= 8 * shownMistakes) this.worst = this.theWorst();
  }

  /** Figures, and the worst mistakes with a thumbnail where the image can be read. */
  async finish({ exif, ...split }: AssessedSplit): Promise<Assessment> {
    const { classNames, confusion, mistakeCount } = this;
    const mistakes: ShownMistake[] = [];
    // One after the other: an image may be large.
    for (const { sample, label, predicted, probability } of this.theWorst()) {
      const { path, rawPath, relative } = sample;
      mistakes.push({
        file: relative,
        class: classNames[label],
        predicted: classNames[predicted],
        probability,
        thumbnail: path === undefined ? undefined : await thumbnail({ path, rawPath }, { exif }),
      });
    }
    return { ...split, ...this.figures(), classNames, confusion, mistakes, mistakeCount };
  }

  /** Those that need no image. */
  figures(): Pick<Assessment, "samples" | "classes" | "macro" | "roc" | "calibration"> {
    const { classNames, confidences, isRight, scores, isSecond } = this;
    const classes = classFigures(this.confusion, classNames);
    const roc = classNames.length === 2 ? rocCurve(scores, isSecond) : undefined;
    return {
      samples: confidences.length,
      classes,
      macro: macroFigures(classes),
      ...(roc && { roc: { positive: classNames[1], ...roc } }),
      calibration: calibrationOf(confidences, isRight),
    };
  }

  private theWorst(): KeptMistake[] {
    return [...this.worst].sort((a, b) => b.probability - a.probability).slice(0, shownMistakes);
  }
}
