/** The geometry of Keras's augmentation: transformation parameters as one affine map. */
import { TRANSFORM_SIZE } from "../../../kernels/image/warpAffine.js";

/** What happens to one image, by the names of Keras's `get_random_transform`. Coordinates are (row, column). */
export interface TransformParameters {
  /** Rotation in degrees. Default 0. */
  readonly theta?: number;
  /** Shift in pixels, drawn from `heightShiftRange`. Default 0. */
  readonly tx?: number;
  /** Shift in pixels, drawn from `widthShiftRange`. Default 0. */
  readonly ty?: number;
  /** Shear angle in degrees. Default 0. */
  readonly shear?: number;
  /** Zoom; above 1 the image gets smaller. Default 1. */
  readonly zx?: number;
  readonly zy?: number;
  /** Left becomes right. Default false. */
  readonly flipHorizontal?: boolean;
  /** Top becomes bottom. Default false. */
  readonly flipVertical?: boolean;
  /** Added to every value, within the range of the image. Default: none. */
  readonly channelShiftIntensity?: number;
  /** Factor of every value. Default: none, which also leaves values that are no whole numbers as they are. */
  readonly brightness?: number;
}

/**
 * Whose geometry. `keras3`: Keras 2.9 to 3.x, which turns about the middle of an image, and swaps the axes of the map, so
 * that `tx` (from the height shift) moves columns. `keras2`: Keras 2.2 to 2.8, whose centre is one pixel further and
 * where `tx` moves rows; and whose brightness shift stretches an image over 0…255.
 */
export type Convention = "keras3" | "keras2";

/** Rows of a 2×3 matrix: input row and input column as (of output row, of output column, offset). */
export type AffineMatrix = readonly [number, number, number, number, number, number];

const identity: AffineMatrix = [1, 0, 0, 0, 1, 0];

/** a after b */
function compose(a: AffineMatrix, b: AffineMatrix): AffineMatrix {
  const row = (i: 0 | 3) =>
    [
      a[i] * b[0] + a[i + 1] * b[3],
      a[i] * b[1] + a[i + 1] * b[4],
      a[i] * b[2] + a[i + 1] * b[5] + a[i + 2],
    ] as const;
  return [...row(0), ...row(3)];
}

const radians = (degrees: number) => degrees * (Math.PI / 180);

/**
 * The map from places in the result to places in the image: rotation · shift · shear · zoom about the centre, as
 * `apply_affine_transform` of Keras, with the flips that follow it folded in.
 */
export function transformMatrix(
  parameters: TransformParameters,
  height: number,
  width: number,
  convention: Convention = "keras3",
): AffineMatrix {
  const affine = affineMatrix(parameters, height, width, convention);
  // The result is flipped, so the place that is looked at is flipped before the map.
  const vertical: AffineMatrix = parameters.flipVertical ? [-1, 0, height - 1, 0, 1, 0] : identity;
  const horizontal: AffineMatrix = parameters.flipHorizontal ? [1, 0, 0, 0, -1, width - 1] : identity;
  return compose(compose(affine, horizontal), vertical);
}

function affineMatrix(
  { theta = 0, tx = 0, ty = 0, shear = 0, zx = 1, zy = 1 }: TransformParameters,
  height: number,
  width: number,
  convention: Convention,
): AffineMatrix {
  // Only what moves anything takes part, as in Keras: the other numbers are then not even rounded.
  const parts: AffineMatrix[] = [];
  if (theta !== 0) {
    const [sin, cos] = [Math.sin(radians(theta)), Math.cos(radians(theta))];
    parts.push([cos, -sin, 0, sin, cos, 0]);
  }
  if (tx !== 0 || ty !== 0) parts.push([1, 0, tx, 0, 1, ty]);
  if (shear !== 0) parts.push([1, -Math.sin(radians(shear)), 0, 0, Math.cos(radians(shear)), 0]);
  if (zx !== 1 || zy !== 1) parts.push([zx, 0, 0, 0, zy, 0]);
  if (parts.length === 0) return identity;

  const middle = convention === "keras3" ? -0.5 : 0.5;
  const [row, column] = [height / 2 + middle, width / 2 + middle];
  const [a, b, c, d, e, f] = compose(compose([1, 0, row, 0, 1, column], parts.reduce(compose)), [
    1,
    0,
    -row,
    0,
    1,
    -column,
  ]);
  return convention === "keras3" ? [e, d, f, b, a, c] : [a, b, c, d, e, f];
}

/** The transforms of a batch as the GPU takes them: (n, 8), see `warpAffine`. */
export function packTransforms(
  parameters: readonly TransformParameters[],
  height: number,
  width: number,
  convention: Convention,
): Float32Array {
  const packed = new Float32Array(parameters.length * TRANSFORM_SIZE);
  parameters.forEach((p, i) => {
    const matrix = transformMatrix(p, height, width, convention);
    const row = [...matrix.slice(0, 3), p.channelShiftIntensity ?? 0, ...matrix.slice(3), p.brightness ?? 1];
    packed.set(row, i * TRANSFORM_SIZE);
  });
  return packed;
}
