/** The weights of a layer in a file, whichever its format. */
import type { Hdf5Dataset } from "../hdf5/dataset.js";

/** Of one saved variable: its path in the file (`/model_weights/dense/dense/kernel:0`) and its shape. */
export type WeightPlace = Pick<Hdf5Dataset, "path" | "shape">;

/** One saved variable. Its values can be read while the file is open. */
export type SavedWeight = WeightPlace &
  Pick<Hdf5Dataset, "readFloat32" | "parts"> & {
    /** Whether its parts have the values in another order than `readFloat32`. Default false. */
    readonly isRearranged?: boolean;
  };

export interface SavedLayer<W extends WeightPlace = SavedWeight> {
  /** The layer's name; in a v3 file without names, its path: `conv2d_1`. */
  name: string;
  /** Names of the models that it is in, the outermost first, without the whole one. Default: none. */
  around?: readonly string[];
  /** True when `name` is made of the class and a number, since the file has no names. */
  numbered?: boolean;
  weights: W[];
}
