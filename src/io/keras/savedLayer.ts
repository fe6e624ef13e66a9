/** The weights of a layer in a file, whichever its format. */

/** One saved variable. */
export interface SavedWeight {
  /** Path of its dataset in the file, from the root: `/model_weights/dense/dense/kernel:0`. */
  path: string;
  shape: number[];
  /** Reads the values, in C order, into the beginning of an array that is large enough, or a new one. Only while the file is open. */
  read(into?: Float32Array): Float32Array;
}

export interface SavedLayer {
  /** The layer's name; in a v3 file that holds no names, its path: `conv2d_1`. */
  name: string;
  /** True when `name` is made of the class and a number, since the file tells no names. */
  numbered?: boolean;
  weights: SavedWeight[];
}
