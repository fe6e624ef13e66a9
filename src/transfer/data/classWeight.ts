/** How much the classes count in the loss. */
import { WgraftError } from "../../errors.js";
import type { ClassWeight } from "../../models/training/sampleWeights.js";

/** By the number of samples, or by the names or indices of classes: `{ cats: 1, dogs: 2.5 }`, or pairs of the same. */
export type ClassWeightOption = "balanced" | NamedClassWeight | ClassWeightPairs;

export type ClassWeightPairs = readonly (readonly [className: string, weight: number])[];

/** Class name → weight. */
export type NamedClassWeight = Readonly<Record<string, number>>;

/**
 * The weights of the classes that have one. Balanced is n / (k · samples of the class), as scikit-learn has it, over the k
 * classes that there are samples of. A name takes precedence over an index.
 * @param labels class indices of the training samples
 * @throws WgraftError `usage` for an unknown class, one that is named twice, or a weight below 0
 */
export function resolveClassWeight(
  option: ClassWeightOption | undefined,
  classNames: readonly string[],
  labels: ArrayLike<number>,
): NamedClassWeight | null {
  if (option === undefined) return null;
  if (option === "balanced") return balanced(classNames, labels);
  const weights = new Map<string, number>();
  for (const [given, weight] of isPairs(option) ? option : Object.entries(option)) {
    const name = nameOf(given, classNames);
    if (name === undefined)
      throw refused(` ${given}=${weight}: there is no class ${given}; there are: ${classNames.join(", ")}`);
    if (weights.has(name)) throw refused(`: the class ${name} has two weights`);
    if (!(Number.isFinite(weight) && weight >= 0))
      throw refused(`: expected a number of at least 0 for ${name}, got ${weight}`);
    weights.set(name, weight);
  }
  return Object.fromEntries(weights);
}

function isPairs(option: Exclude<ClassWeightOption, "balanced">): option is ClassWeightPairs {
  return Array.isArray(option);
}

function nameOf(given: string, classNames: readonly string[]): string | undefined {
  if (classNames.includes(given)) return given;
  return /^\d+$/.test(given) ? classNames[Number(given)] : undefined;
}

function refused(why: string): WgraftError {
  return new WgraftError("usage", `\`classWeight\`${why}`, { option: "classWeight" });
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
