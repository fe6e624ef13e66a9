/** Finds, for each variable of a model, the one that was saved for it. By names, so that order does not matter. */
import { WgraftError } from "../../errors.js";
import { formatShape, sameShape } from "../../tensor.js";
import { snakeCase } from "../../options/notation.js";
import { numberByClass } from "./v3Weights.js";
import type { SavedLayer, WeightPlace } from "./savedLayer.js";

export interface TargetLayer {
  layer: string;
  /** Names of the models that it is in, the outermost first, without the whole one. Default: none. */
  around?: readonly string[];
  /** Keras's: "Conv2D". */
  className: string;
  /** In Keras's order of `layer.weights`: names like "kernel", "bias", "gamma". Empty for a layer without weights. */
  weights: { name: string; shape: readonly number[] }[];
}

export interface MatchOptions {
  /** The file may contain layers that the model does not have. Default: false. */
  allowExtra?: boolean;
}

interface MatchSource<W extends WeightPlace> {
  /** Errors name it. */
  path: string;
  /** Whether the layers stand in the order of the model that was saved. */
  isOrdered?: boolean;
  layers: readonly SavedLayer<W>[];
  /** A weight as the layer has it, where files have it in another order. Default: as it is. */
  arranged?: (className: string, wanted: TargetLayer["weights"][number], saved: W) => W;
}

/** Finds the saved layer for one of the model's. */
type Finder<W extends WeightPlace> = (target: TargetLayer) => SavedLayer<W> | undefined;

/** By which `matchWeights` gives the weight of a layer. */
export function weightKey({ layer, around = [] }: TargetLayer, weight: string): string {
  return [...around, layer, weight].join("/");
}

/**
 * Returns the saved weight for each of `targets`, by its `weightKey`. All layers of the model are to be given, those without
 * weights too: a v3 file may distinguish layers only by their number within their class.
 *
 * Throws `bad-input` when layers are missing, superfluous (unless `allowExtra`) or have weights of another count or shape.
 */
export function matchWeights<W extends WeightPlace>(
  file: MatchSource<W>,
  targets: readonly TargetLayer[],
  options: MatchOptions = {},
): Map<string, W> {
  const needed = targets.filter((target) => target.weights.length > 0);
  const layerOf = finderByOrder(file, needed) ?? finderByName(file, targets);
  const missing = needed.filter((target) => !layerOf(target));
  if (missing.length > 0) {
    const names = listNames(missing.map((target) => target.layer));
    const has = listNames(file.layers.filter((layer) => layer.weights.length > 0).map((layer) => layer.name));
    throw bad(file, `has no weights for ${names}; it has ${has || "none at all"}`);
  }
  if (!options.allowExtra) refuseExtra(file, new Set(needed.map((target) => layerOf(target)!)));
  return new Map(needed.flatMap((target) => matchLayer(file, target, layerOf(target)!)));
}

/**
 * As Keras reads such files: the n-th layer with weights is the model's n-th. Used if their names do not say which is
 * which, and every shape fits.
 */
function finderByOrder<W extends WeightPlace>(
  file: MatchSource<W>,
  needed: readonly TargetLayer[],
): Finder<W> | undefined {
  const saved = file.layers.filter((layer) => layer.weights.length > 0);
  if (!file.isOrdered || saved.length !== needed.length) return undefined;
  if ([...saved, ...needed].some(({ around = [] }) => around.length > 0)) return undefined;
  const names = new Set(saved.map(({ name }) => name));
  if (needed.every(({ layer }) => names.has(layer))) return undefined;
  const fits = needed.every(({ weights }, i) => {
    const found = saved[i].weights;
    return (
      found.length === weights.length &&
      weights.every((weight, j) => sameShape(weight.shape, arranged(file, needed[i], weight, found[j]).shape))
    );
  });
  return fits ? (target) => saved[needed.indexOf(target)] : undefined;
}

function finderByName<W extends WeightPlace>(
  file: MatchSource<W>,
  targets: readonly TargetLayer[],
): Finder<W> {
  const byName = new Map<string, SavedLayer<W>[]>();
  // Layers without weights are only counted by their class; under a name they would hide one that has some.
  for (const layer of file.layers.filter((l) => l.weights.length > 0)) {
    const named = byName.get(layer.name);
    if (named) named.push(layer);
    else byName.set(layer.name, [layer]);
  }
  const keyOf = new Map(
    [...numberByClass(targets, (target) => target.className)].map(([key, target]) => [target, key]),
  );
  const nameOf = numberedAsIn(new Set(byName.keys()), targets);
  return (target) => {
    const named = (byName.get(nameOf(target)) ?? []).filter((layer) => !layer.numbered);
    const found =
      named.length > 0 ? named : (byName.get(keyOf.get(target)!) ?? []).filter((layer) => layer.numbered);
    if (found.length < 2) return found[0];
    const inSame = found.filter(({ around = [] }) => around.join("/") === (target.around ?? []).join("/"));
    if (inSame.length === 1) return inSame[0];
    throw bad(file, `has ${found.length} layers named ${target.layer}, of different inner models`);
  };
}

/**
 * Keras ≤ 2.2 numbers layers without a given name from 1, later versions from nothing: conv2d_1 of such a file is
 * conv2d here.
 */
function numberedAsIn(
  saved: ReadonlySet<string>,
  targets: readonly TargetLayer[],
): (t: TargetLayer) => string {
  const names = new Set(targets.map(({ layer }) => layer));
  return ({ layer, className }) => {
    const kind = snakeCase(className);
    const isFromOne = names.has(kind) && !saved.has(kind) && saved.has(`${kind}_1`);
    const number = layer === kind ? 0 : Number(/^_([1-9]\d*)$/.exec(layer.slice(kind.length))?.[1]);
    const isNumbered = layer.startsWith(kind) && !Number.isNaN(number);
    return isFromOne && isNumbered ? `${kind}_${number + 1}` : layer;
  };
}

function refuseExtra<W extends WeightPlace>(file: MatchSource<W>, used: ReadonlySet<SavedLayer<W>>): void {
  const extra = file.layers.filter((layer) => layer.weights.length > 0 && !used.has(layer));
  if (extra.length === 0) return;
  throw bad(
    file,
    `has weights for layers that the model does not have: ${listNames(extra.map((layer) => layer.name))}`,
  );
}

function matchLayer<W extends WeightPlace>(
  file: MatchSource<W>,
  target: TargetLayer,
  saved: SavedLayer<W>,
): [string, W][] {
  if (target.weights.length !== saved.weights.length) {
    throw bad(
      file,
      `layer ${target.layer} has ${saved.weights.length} weights (${saved.weights.map(baseName).join(", ")}), ` +
        `the model's has ${target.weights.length} (${target.weights.map((weight) => weight.name).join(", ")})`,
    );
  }
  const canonical = saved.weights.map((weight) => canonicalName(baseName(weight), saved.name));
  const wanted = target.weights.map((weight) => canonicalName(weight.name, target.layer));
  const byName =
    new Set(canonical).size === canonical.length && wanted.every((name) => canonical.includes(name));
  // A v3 file only numbers its weights, and then their order decides. Names that agree in part are not a matter of order.
  if (!byName && wanted.some((name) => canonical.includes(name))) {
    throw bad(
      file,
      `layer ${target.layer} has weights ${canonical.join(", ")}; the model's are ${wanted.join(", ")}`,
    );
  }
  return target.weights.map((weight, i) => {
    const found = arranged(file, target, weight, saved.weights[byName ? canonical.indexOf(wanted[i]) : i]);
    if (!sameShape(weight.shape, found.shape)) {
      const [expected, got] = [formatShape(weight.shape), formatShape(found.shape)];
      throw bad(file, `layer ${target.layer}: ${weight.name} has shape ${got}, the model needs ${expected}`, {
        expected,
        got,
      });
    }
    return [weightKey(target, weight.name), found];
  });
}

function arranged<W extends WeightPlace>(
  file: MatchSource<W>,
  { className }: TargetLayer,
  weight: TargetLayer["weights"][number],
  saved: W,
): W {
  return file.arranged?.(className, weight, saved) ?? saved;
}

/** `/model_weights/dense/dense/kernel:0` → `kernel`. */
function baseName(weight: WeightPlace): string {
  return weight.path.split("/").at(-1)!.replace(/:\d+$/, "");
}

/** Names that Keras 1 and 2 used for what Keras 3 calls otherwise. */
const SYNONYMS = new Map([
  ["W", "kernel"],
  ["b", "bias"],
  ["depthwise_kernel", "kernel"],
  ["running_mean", "moving_mean"],
  // Keras 1 called the variance so.
  ["running_std", "moving_variance"],
]);

/** `block1_conv1_W_1`, of layer block1_conv1 → `kernel`. */
function canonicalName(name: string, layer: string): string {
  const own = name.startsWith(`${layer}_`) ? name.slice(layer.length + 1).replace(/_\d+$/, "") : name;
  return SYNONYMS.get(own) ?? own;
}

function listNames(names: readonly string[]): string {
  const more = names.length > 5 ? `, … (${names.length} in all)` : "";
  return names.slice(0, 5).join(", ") + more;
}

function bad(file: { path: string }, message: string, details = {}): WgraftError {
  return new WgraftError("bad-input", `${file.path}: ${message}`, details);
}
