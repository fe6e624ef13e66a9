/** The confusion matrix, and what each class's figures are. */
import type { Assessment, ClassFigures } from "../assessment.js";
import { markup, type Content, type Html } from "../html.js";
import { details, figure, percent, table, type Section } from "../parts.js";

/** Of more classes the matrix would be too large to read: the most frequent mistakes are listed instead. */
const mostClasses = 20;
const mostConfused = 20;
const mostWeak = 10;

export function confusionSection(assessment: Assessment): Section {
  const { classNames, samples, split } = assessment;
  const isSmall = classNames.length <= mostClasses;
  return {
    id: "confusion",
    heading: isSmall ? "Confusion matrix" : "Most frequent mistakes",
    body: [
      markup`<p>${samples} ${split} samples.${isSmall && " Each row is the actual class, each column the predicted one; filled by the share of the row."}</p>`,
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
      // By the root, so that rare mistakes can be seen too.
      const fill = Math.sqrt(share).toFixed(3);
      return markup`<td class="${kind}" style="--share:${fill}">${n}${n > 0 && markup`<br><small>${percent(share)}</small>`}</td>`;
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
    head: ["actual", markup`<th scope="col" class="text">predicted</th>`, "samples"],
    rows: pairs
      .slice(0, mostConfused)
      .map(({ i, j, count }) => [classNames[i], markup`<td class="text">${classNames[j]}</td>`, count]),
  });
}

export function classesSection({ classes, macro, split }: Assessment): Section {
  const isSmall = classes.length <= mostClasses;
  const weakest = [...classes].sort((a, b) => (a.f1 ?? 1) - (b.f1 ?? 1)).slice(0, mostWeak);
  const all = classTable(`By class, on ${split} samples`, classes, macro);
  return {
    id: "classes",
    heading: "Precision, recall and F1",
    body: [
      markup`<p>Precision: the share of samples predicted as a class that belong to it. Recall: the share of a class that is predicted as it. F1: their harmonic mean.</p>`,
      isSmall
        ? all
        : classTable(`The ${mostWeak} classes of ${classes.length} with the lowest F1`, weakest, macro),
      !isSmall && details(`All ${classes.length} classes`, all),
    ],
  };
}

function classTable(caption: string, classes: readonly ClassFigures[], macro: Assessment["macro"]): Html {
  const rows = classes.map(({ name, samples, predicted, precision, recall, f1 }) => [
    name,
    ...[figure(precision), figure(recall), figure(f1), samples, predicted],
  ]);
  const mean = [
    "mean of all classes",
    figure(macro.precision),
    figure(macro.recall),
    figure(macro.f1),
    "",
    "",
  ];
  const head = ["class", "precision", "recall", "F1", "samples", "predicted"];
  return table({ caption, label: caption, head, rows: [...rows, mean] });
}
