/** The confusion matrix, and what each class's figures are. */
import type { Assessment } from "../assessment.js";
import { markup, type Content, type Html } from "../html.js";
import { figure, percent, table, type Section } from "../parts.js";

/** Of more classes the matrix would be too large to read: the most frequent mistakes are listed instead. */
const mostClasses = 20;
const mostConfused = 20;

export function confusionSection(assessment: Assessment): Section {
  const { classNames, samples, split } = assessment;
  const isSmall = classNames.length <= mostClasses;
  return {
    id: "confusion",
    heading: "Confusion matrix",
    body: [
      markup`<p>${samples} samples of ${split}.${isSmall && " Each row is the actual class, each column the predicted one; filled by the share of the row."}</p>`,
      isSmall ? matrix(assessment) : confusedPairs(assessment),
    ],
  };
}

function matrix({ classNames, confusion }: Assessment): Html {
  const rows = confusion.map((counts, i): Content[] => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const cells = counts.map((n, j) => {
      const share = total > 0 ? n / total : 0;
      const kind = i === j ? "hit" : "miss";
      return markup`<td class="${kind}" style="--share:${share.toFixed(3)}">${n}${total > 0 && markup`<br><small>${percent(share)}</small>`}</td>`;
    });
    return [classNames[i], ...cells];
  });
  return table({
    caption: "Actual class by row, predicted class by column",
    label: "Confusion matrix",
    kind: "matrix",
    head: ["actual \\ predicted", ...classNames],
    rows,
  });
}

function confusedPairs({ classNames, confusion }: Assessment): Html {
  const pairs = confusion
    .flatMap((counts, i) => counts.map((count, j) => ({ i, j, count })))
    .filter(({ i, j, count }) => i !== j && count > 0)
    .sort((a, b) => b.count - a.count);
  const caption = `The ${Math.min(mostConfused, pairs.length)} most frequent of ${pairs.length} kinds of mistakes`;
  return table({
    caption,
    label: caption,
    head: ["actual", "predicted", "samples"],
    rows: pairs
      .slice(0, mostConfused)
      .map(({ i, j, count }) => [classNames[i], markup`<td class="text">${classNames[j]}</td>`, count]),
  });
}

export function classesSection({ classes, macro, split }: Assessment): Section {
  const rows = classes.map(({ name, samples, predicted, precision, recall, f1 }) => [
    name,
    ...[figure(precision), figure(recall), figure(f1), samples, predicted],
  ]);
  const mean = [
    "mean of the classes",
    figure(macro.precision),
    figure(macro.recall),
    figure(macro.f1),
    "",
    "",
  ];
  return {
    id: "classes",
    heading: "Precision, recall and F1",
    body: [
      markup`<p>Precision: the share of samples predicted as a class that belong to it. Recall: the share of a class that is predicted as it. F1: their harmonic mean.</p>`,
      table({
        caption: `By class, on ${split}`,
        label: "Figures by class",
        head: ["class", "precision", "recall", "F1", "samples", "predicted"],
        rows: [...rows, mean],
      }),
    ],
  };
}
