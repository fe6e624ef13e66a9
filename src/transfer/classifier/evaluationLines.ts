/** An evaluation as lines of text. */
import { formatTable } from "../../format.js";
import type { EvaluationResult } from "./evaluate.js";

/** Loss and accuracy, the confusion matrix, figures by class, the worst mistakes. */
export function evaluationLines(result: EvaluationResult): string[] {
  const { split, samples, loss, accuracy } = result;
  return [
    `${split}: ${samples} images - loss: ${loss.toFixed(4)} - acc: ${accuracy.toFixed(4)}`,
    "",
    ...confusionTable(result),
    "",
    ...classTable(result),
    ...mistakesTable(result),
  ];
}

function confusionTable({ confusion, classNames }: EvaluationResult): string[] {
  const header = ["actual \\ predicted", ...classNames];
  return formatTable([header, ...confusion.map((row, i) => [classNames[i], ...row.map(String)])]);
}

function classTable({ classes }: EvaluationResult): string[] {
  const share = (value: number | null) => value?.toFixed(4) ?? "-";
  const rows = classes.map(({ name, precision, recall, f1, samples }) => [
    name,
    ...[share(precision), share(recall), share(f1), String(samples)],
  ]);
  return formatTable([["class", "precision", "recall", "F1", "samples"], ...rows]);
}

function mistakesTable({ mistakes, mistakeCount }: EvaluationResult): string[] {
  if (mistakes.length === 0) return [];
  const lines = mistakes.map(({ file, class: actual, predicted, probability }) => [
    `  ${file}`,
    `is ${actual}`,
    `predicted ${predicted}`,
    probability.toFixed(4),
  ]);
  return ["", `the worst of ${mistakeCount} mistakes:`, ...formatTable(lines)];
}
