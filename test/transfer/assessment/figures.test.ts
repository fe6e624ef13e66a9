/** Figures of a classifier against numbers worked out by hand. */
import { describe, expect, it } from "vitest";
import { calibrationOf } from "../../../src/transfer/assessment/calibration.js";
import { classFigures, macroFigures } from "../../../src/transfer/assessment/classFigures.js";
import { rocCurve } from "../../../src/transfer/assessment/rocCurve.js";
import { mulberry32 } from "../../../src/models/random.js";

describe("figures by class", () => {
  it("are those of the confusion matrix", () => {
    const confusion = [
      [5, 1, 0],
      [2, 6, 0],
      [1, 0, 3],
    ];
    const classes = classFigures(confusion, ["a", "b", "c"]);
    expect(classes).toEqual([
      { name: "a", samples: 6, predicted: 8, precision: 5 / 8, recall: 5 / 6, f1: 10 / 14 },
      { name: "b", samples: 8, predicted: 7, precision: 6 / 7, recall: 6 / 8, f1: 12 / 15 },
      { name: "c", samples: 4, predicted: 3, precision: 1, recall: 3 / 4, f1: 6 / 7 },
    ]);
    const { precision, recall, f1 } = macroFigures(classes);
    expect(precision).toBeCloseTo((0.625 + 6 / 7 + 1) / 3, 12);
    expect(recall).toBeCloseTo((5 / 6 + 0.75 + 0.75) / 3, 12);
    expect(f1).toBeCloseTo((10 / 14 + 0.8 + 6 / 7) / 3, 12);
  });

  it("are absent where there is nothing to divide by", () => {
    const classes = classFigures(
      [
        [0, 3, 0],
        [0, 4, 0],
        [0, 0, 0],
      ],
      ["never predicted", "always predicted", "not there"],
    );
    expect(classes.map(({ precision, recall, f1 }) => [precision, recall, f1])).toEqual([
      [null, 0, 0],
      [4 / 7, 1, 8 / 11],
      [null, null, null],
    ]);
    // As scikit-learn's zero_division=0; the class without samples has no part in it.
    expect(macroFigures(classes)).toEqual({ precision: 2 / 7, recall: 0.5, f1: 4 / 11 });
    expect(macroFigures([])).toEqual({ precision: null, recall: null, f1: null });
  });
});

describe("the ROC curve", () => {
  it("steps at each score", () => {
    // scikit-learn's example: the area is 0.75.
    const roc = rocCurve([0.1, 0.4, 0.35, 0.8], [false, false, true, true]);
    expect(roc?.auc).toBe(0.75);
    expect(roc?.points).toEqual([
      { threshold: Infinity, falsePositives: 0, truePositives: 0 },
      { threshold: 0.8, falsePositives: 0, truePositives: 0.5 },
      { threshold: 0.4, falsePositives: 0.5, truePositives: 0.5 },
      { threshold: 0.35, falsePositives: 0.5, truePositives: 1 },
      { threshold: 0.1, falsePositives: 1, truePositives: 1 },
    ]);
  });

  it("says what round thresholds give, also where the curve is straight", () => {
    // Straight up to (0, 1): the points on the way are no corners.
    const roc = rocCurve([0.1, 0.6, 0.7, 0.9], [false, true, true, true])!;
    expect(roc.points.map(({ threshold }) => threshold)).toEqual([Infinity, 0.6, 0.1]);
    const rates = roc.thresholds.map((at) => [at.threshold, at.truePositives, at.falsePositives]);
    expect(rates).toEqual([
      ...[0.05, 0.1].map((threshold) => [threshold, 1, 1]),
      ...[0.2, 0.3, 0.4, 0.5, 0.6].map((threshold) => [threshold, 1, 0]),
      [0.7, 2 / 3, 0],
      ...[0.8, 0.9].map((threshold) => [threshold, 1 / 3, 0]),
      [0.95, 0, 0],
    ]);
  });

  it("counts ties half, whatever their order", () => {
    // Pairs: (.9, .5) (.9, .2) (.5, .2) right, (.5, .5) half.
    const scores = [0.5, 0.2, 0.9, 0.5];
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
    ]) {
      const isPositive = [false, false, true, true];
      const roc = rocCurve(
        order.map((i) => scores[i]),
        order.map((i) => isPositive[i]),
      );
      expect(roc?.auc).toBe(3.5 / 4);
    }
    expect(rocCurve([0.5, 0.5, 0.5], [true, false, true])?.auc).toBe(0.5);
  });

  it("is the count of pairs, and stays small where there are many samples", () => {
    const random = mulberry32(3);
    const isPositive = Array.from({ length: 3000 }, () => random() < 0.3);
    const scores = isPositive.map((positive) => Math.round(1000 * (random() + (positive ? 0.3 : 0))) / 1300);
    let pairs = 0;
    let right = 0;
    isPositive.forEach((a, i) =>
      isPositive.forEach((b, j) => {
        if (!a || b) return;
        pairs++;
        right += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
      }),
    );
    const { auc, points } = rocCurve(scores, isPositive)!;
    expect(auc).toBeCloseTo(right / pairs, 10);
    expect(points.length).toBeLessThanOrEqual(400);
    expect([points[0], points.at(-1)]).toMatchObject([
      { falsePositives: 0, truePositives: 0 },
      { falsePositives: 1, truePositives: 1 },
    ]);
    for (const [i, { falsePositives, truePositives }] of points.entries()) {
      expect(falsePositives).toBeGreaterThanOrEqual(points[Math.max(0, i - 1)].falsePositives);
      expect(truePositives).toBeGreaterThanOrEqual(points[Math.max(0, i - 1)].truePositives);
    }
  });

  it("needs samples of both classes", () => {
    expect(rocCurve([0.1, 0.9], [true, true])).toBeUndefined();
    expect(rocCurve([], [])).toBeUndefined();
  });
});

describe("the calibration", () => {
  it("compares the mean probability of a bin with the share that is right", () => {
    const { bins, error } = calibrationOf([0.95, 0.91, 0.55, 0.65, 0.61], [true, false, true, true, true]);
    expect(bins.map(({ low, high, samples, accuracy }) => [low, high, samples, accuracy])).toEqual([
      [0.5, 0.6, 1, 1],
      [0.6, 0.7, 2, 1],
      [0.9, 1, 2, 0.5],
    ]);
    expect(bins.map(({ confidence }) => confidence)).toEqual([
      0.55,
      expect.closeTo(0.63),
      expect.closeTo(0.93),
    ]);
    expect(error).toBeCloseTo((0.45 + 2 * 0.37 + 2 * 0.43) / 5, 12);
  });

  it("puts a probability on a bound into the lower bin, and 0 into the first", () => {
    const { bins } = calibrationOf([0, 0.25, 0.5, 1], [false, false, false, true], 4);
    expect(bins.map(({ low, samples }) => [low, samples])).toEqual([
      [0, 2],
      [0.25, 1],
      [0.75, 1],
    ]);
  });

  it("is nothing without samples", () => {
    expect(calibrationOf([], [])).toEqual({ bins: [], error: 0 });
  });
});
