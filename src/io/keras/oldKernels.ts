/**
 * Kernels that older versions of Keras stored in another order, or flipped. Follows preprocess_weights_for_loading of Keras 2's
 * saving/hdf5_format.py.
 */
import { sameShape, sizeOf, type Shape } from "../../tensor.js";
import type { Values } from "../hdf5/dataset.js";
import type { SavedWeight } from "./savedLayer.js";

/** Where weights come from. */
export interface Saver {
  /** "1" where a file does not say. */
  readonly kerasVersion: string;
  /** What computed the model: "tensorflow", "theano"…; undefined where a file does not say. */
  readonly backend?: string;
}

/** Theano turns kernels by 180°, where the other backends do not. */
const flippedByTheano = new Set(["Conv1D", "Conv2D", "Conv2DTranspose"]);

/** How the stored values become those of the layer. */
interface Arrangement {
  /** Of the stored kernel, without axes of one element that the layer has not. */
  readonly stored: Shape;
  /** Axis i of the layer's kernel is axis `axes[i]` of the stored one. */
  readonly axes: readonly number[];
}

/** A layer's weight in the order of today; the same where it is stored so. */
export function inTodaysOrder(
  { kerasVersion, backend }: Saver,
  className: string,
  wanted: { readonly name: string; readonly shape: Shape },
  saved: SavedWeight,
): SavedWeight {
  if (wanted.name !== "kernel") return saved;
  const isOld = Number.parseInt(kerasVersion) === 1;
  const flips = backend === "theano" && flippedByTheano.has(className);
  const arrangement = (isOld ? arrangementOfKeras1(className, wanted.shape, saved.shape) : undefined) ?? {
    stored: saved.shape,
    axes: saved.shape.map((_, axis) => axis),
  };
  const { stored, axes } = arrangement;
  const shape = axes.map((axis) => stored[axis]);
  if (!flips && sameShape(shape, saved.shape) && axes.every((axis, i) => axis === i)) return saved;
  return {
    path: saved.path,
    shape,
    isRearranged: true,
    readFloat32: async () => rearranged(await saved.readFloat32(), arrangement, flips),
    parts: () => saved.parts(),
  };
}

function arrangementOfKeras1(className: string, shape: Shape, saved: Shape): Arrangement | undefined {
  if (saved.length !== 4) return undefined;
  if (className === "Conv1D") {
    // (steps, 1, in, out), before 1.2 (out, in, steps, 1).
    const [steps, , filters] = shape;
    const isOldest = saved[0] !== steps || saved[1] !== 1 || saved[3] !== filters;
    if (isOldest) return saved[3] === 1 ? { stored: saved.slice(0, 3), axes: [2, 1, 0] } : undefined;
    return { stored: [saved[0], saved[2], saved[3]], axes: [0, 1, 2] };
  }
  // (rows, columns, in, out), where it has been (rows, columns, out, in) since.
  return className === "Conv2DTranspose" ? { stored: saved, axes: [0, 1, 3, 2] } : undefined;
}

/** @param flips whether all axes but the last two run backwards */
function rearranged(values: Values, { stored, axes }: Arrangement, flips: boolean): Values {
  const strides = stored.map((_, axis) => sizeOf(stored.slice(axis + 1)));
  const shape = axes.map((axis) => stored[axis]);
  const out = new Float32Array(values.length);
  const place = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    for (const [k, axis] of axes.entries()) {
      const isFlipped = flips && k < axes.length - 2;
      from += strides[axis] * (isFlipped ? shape[k] - 1 - place[k] : place[k]);
    }
    out[i] = values[from];
    for (let k = shape.length - 1; k >= 0 && ++place[k] === shape[k]; k--) place[k] = 0;
  }
  return out;
}
