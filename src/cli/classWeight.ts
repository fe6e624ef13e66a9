/** `--class-weight`: how much the classes count in the loss. */
import { InvalidArgumentError } from "commander";
import { WgraftError } from "../errors.js";
import type { ClassWeight } from "../models/training/sampleWeights.js";

/** As typed: by the samples' numbers, or by the names or indices of classes. */
export type ClassWeightOption = "balanced" | readonly (readonly [className: string, weight: number])[];

/** Class name → weight. */
export type NamedClassWeight = Readonly<Record<string, number>>;

/** "balanced", or "cats=1,dogs=2.5". A name may hold "=", but no comma: its index can stand for it. */
export function parseClassWeight(text: string): ClassWeightOption {
  if (text === "balanced") return text;
  return text.split(",").map((item) => {
    const at = item.lastIndexOf("=");
    const [name, number] = [item.slice(0, Math.max(0, at)).trim(), item.slice(at + 1).trim()];
    const weight = number === "" ? NaN : Number(number);
    if (name !== "" && Number.isFinite(weight) && weight >= 0) return [name, weight] as const;
    throw new InvalidArgumentError(
      'Expected balanced, or weights of at least 0 by class with commas between: "cats=1,dogs=2.5" or "0=1,1=2.5".',
    );
  });
}

/**
 * The weights of the classes that have one. Balanced is n / (k · samples of the class), as scikit-learn has it, over the k
 * classes that there are samples of. A name goes before an index.
 * @param labels class indices of the training samples
 * @throws WgraftError `usage` for a class that there is none of, or that is named twice
 */
export function resolveClassWeight(
  option: ClassWeightOption | undefined,
  classNames: readonly string[],
  labels: ArrayLike<number>,
): NamedClassWeight | null {
  if (option === undefined) return null;
  if (option === "balanced") return balanced(classNames, labels);
  const weights = new Map<string, number>();
  for (const [given, weight] of option) {
    const name = classNames.includes(given)
      ? given
      : /^\d+$/.test(given)
        ? classNames[Number(given)]
        : undefined;
    if (name === undefined) {
      throw new WgraftError(
        "usage",
        `--class-weight ${given}=${weight}: there is no class ${given}; there are: ${classNames.join(", ")}`,
      );
    }
    if (weights.has(name))
      throw new WgraftError("usage", `--class-weight: the class ${name} has two weights`);
    weights.set(name, weight);
  }
  return Object.fromEntries(weights);
}

function balanced(classNames: readonly string[], labels: ArrayLike<number>): NamedClassWeight {
  const counts = classNames.map(() => 0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  const present = classNames.map((name, i) => [name, counts[i]] as const).filter(([, count]) => count > 0);
  return Object.fromEntries(present.map(([name, count]) => [name, labels.length / (present.length * count)]));
}

/** The weights by class index, as `fit` takes them. */
export function classWeightByIndex(
  weights: NamedClassWeight | null,
  classNames: readonly string[],
): ClassWeight | undefined {
  return weights
    ? Object.fromEntries(Object.entries(weights).map(([name, weight]) => [classNames.indexOf(name), weight]))
    : undefined;
}
