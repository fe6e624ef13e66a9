/** Precision, recall and F1 of each class, from a confusion matrix. */
import type { Assessment, ClassFigures } from "../../io/report/assessment.js";

/** @param confusion `confusion[i][j]`: samples of class i that were predicted as class j */
export function classFigures(
  confusion: readonly (readonly number[])[],
  classNames: readonly string[],
): ClassFigures[] {
  return confusion.map((counts, i) => {
    const right = counts[i];
    const samples = sum(counts);
    const predicted = sum(confusion.map((row) => row[i]));
    return {
      name: classNames[i],
      samples,
      predicted,
      precision: ratio(right, predicted),
      recall: ratio(right, samples),
      f1: ratio(2 * right, samples + predicted),
    };
  });
}

/**
 * Means over the classes that have samples. A class that is never predicted has no precision: it counts as 0 there, as in
 * scikit-learn.
 */
export function macroFigures(classes: readonly ClassFigures[]): Assessment["macro"] {
  const present = classes.filter(({ samples }) => samples > 0);
  const mean = (name: "precision" | "recall" | "f1") =>
    ratio(sum(present.map((figures) => figures[name] ?? 0)), present.length);
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
