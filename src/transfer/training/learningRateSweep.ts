/** A search for the learning rate: a few steps at rates that rise from far too low to far too high. */
import type { Callback } from "../../models/training/history.js";
import type { Finish } from "./fitAndSave.js";
import { TrainingLog } from "./trainingLog.js";

/** Rates of the first and the last step, and how many steps there are. */
const [lowest, highest, sweepSteps] = [1e-6, 10, 100];

/** How much of the mean of the losses each step keeps. */
const smoothing = 0.9;

/** The search ends where the loss is so many times the lowest. */
const tooHigh = 4;

/** Steps on either side that a slope is measured over. */
const reach = 3;

export interface SweepPoint {
  readonly learningRate: number;
  /** Of that step's batch. */
  readonly loss: number;
  /** With those of the steps before it. */
  readonly smoothedLoss: number;
}

/** What a search came to. */
export interface LearningRateSweep {
  /** In the order of the rates; those after the loss has run away are missing. */
  readonly points: readonly SweepPoint[];
  /** Where the loss falls fastest, to two digits; undefined where it never does. */
  readonly suggested?: number;
}

/** The rate of a step, from 0. */
export function rateOf(step: number): number {
  return lowest * (highest / lowest) ** (step / (sweepSteps - 1));
}

/** Trains, and keeps nothing of it but the losses. */
export const sweepLearningRate: Finish<LearningRateSweep> = async (
  { onProgress, signal },
  { model, source, classWeight, trained = model },
  { settings },
) => {
  const { batchSize, shuffle } = settings;
  const { optimizer } = model.compilation!;
  const losses = new SmoothedLosses();
  const sweep: Callback = {
    onTrainBegin: () => void (optimizer.learningRate = rateOf(0)),
    onStepFigures: (step, { loss }) => losses.add(rateOf(step), loss),
    onBatchEnd: (step) => {
      optimizer.learningRate = rateOf(step + 1);
      return losses.hasRunAway ? "stop" : undefined;
    },
  };
  const log = new TrainingLog(1, { onProgress });
  const size = { steps: sweepSteps, samples: sweepSteps * batchSize, batchSize };
  const callbacks = [sweep, log.callback(size)];
  await trained.fit(source, {
    epochs: 1,
    stepsPerEpoch: sweepSteps,
    batchSize,
    shuffle,
    classWeight,
    callbacks,
    signal,
  });
  const { points } = losses;
  return { points, suggested: steepest(points) };
};

class SmoothedLosses {
  readonly points: SweepPoint[] = [];
  hasRunAway = false;
  private mean = 0;
  private best = Infinity;

  add(learningRate: number, loss: number): void {
    if (this.hasRunAway) return;
    this.mean = smoothing * this.mean + (1 - smoothing) * loss;
    // The mean begins at 0: without this it would rise to the losses.
    const smoothedLoss = this.mean / (1 - smoothing ** (this.points.length + 1));
    if (!Number.isFinite(smoothedLoss) || smoothedLoss > tooHigh * this.best) {
      this.hasRunAway = true;
      return;
    }
    this.best = Math.min(this.best, smoothedLoss);
    this.points.push({ learningRate, loss, smoothedLoss });
  }
}

/** The rate, before the lowest loss, at which the loss falls fastest. */
export function steepest(
  points: readonly Pick<SweepPoint, "learningRate" | "smoothedLoss">[],
): number | undefined {
  const losses = points.map(({ smoothedLoss }) => smoothedLoss);
  const end = losses.indexOf(Math.min(...losses));
  let [slope, found]: [number, number | undefined] = [0, undefined];
  for (let i = reach; i + reach <= end; i++) {
    const fall = losses[i + reach] - losses[i - reach];
    if (fall < slope) [slope, found] = [fall, i];
  }
  return found === undefined ? undefined : Number(points[found].learningRate.toPrecision(2));
}
