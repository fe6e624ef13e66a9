/** Takes the predictions of labelled samples one by one, and says how good they are. */
import { thumbnail } from "../../io/images/thumbnail.js";
import type { Place } from "../../io/place.js";
import type { Assessment, ShownMistake } from "../../io/report/assessment.js";
import type { Classification } from "../../models/data/score.js";
import { calibrationOf } from "./calibration.js";
import { classFigures, macroFigures } from "./classFigures.js";
import { rocCurve } from "./rocCurve.js";

/** Mistakes that a page shows with their images. */
const shownMistakes = 24;
/** Images that a page explains by heat maps. */
const explainedImages = 6;

/** What a sample is known by, and where its image is, if there is one. */
export interface AssessedSample extends Partial<Place> {
  readonly relative: string;
}

/** A sample whose image can be read. */
export type ImageSample = AssessedSample & Place;

/** The samples that were predicted with the highest probabilities, of many. */
class Surest {
  private kept: KeptSample[] = [];

  constructor(private readonly most: number) {}

  add(sample: KeptSample): void {
    this.kept.push(sample);
    if (this.kept.length >= 8 * this.most) this.kept = this.list();
  }

  /** The surest first. */
  list(): KeptSample[] {
    return [...this.kept].sort((a, b) => b.probability - a.probability).slice(0, this.most);
  }
}

interface KeptSample {
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
  private readonly worst = new Surest(shownMistakes);
  private readonly best = new Surest(explainedImages);
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
    const kept = { sample, label, predicted, probability };
    if (label === predicted) return this.best.add(kept);
    this.mistakeCount++;
    this.worst.add(kept);
  }

  /** Figures, and the worst mistakes with a thumbnail where the image can be read. */
  async finish({ exif, ...split }: AssessedSplit): Promise<Assessment> {
    const { classNames, confusion, mistakeCount } = this;
    const mistakes: ShownMistake[] = [];
    // One after the other: an image may be large.
    for (const { sample, label, predicted, probability } of this.worst.list()) {
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

  /** Some samples with images to look at closely: the worst mistakes, and next to them the surest that are right. */
  toExplain(): { readonly sample: ImageSample; readonly actual: string }[] {
    const [wrong, right] = [this.worst, this.best].map((surest) =>
      surest.list().flatMap(({ sample, label }) => {
        const { path } = sample;
        return path === undefined ? [] : [{ sample: { ...sample, path }, actual: this.classNames[label] }];
      }),
    );
    const wanted = Math.max(explainedImages - right.length, Math.ceil((2 * explainedImages) / 3));
    const chosen = wrong.slice(0, wanted);
    return [...chosen, ...right.slice(0, explainedImages - chosen.length)];
  }
}
