/** A class and how probable it is. */
export interface Prediction {
  readonly label: string;
  readonly probability: number;
}

export interface FilePrediction extends Prediction {
  /** Its path; "-" for a stream, "image 2" for the second input where that is bytes or pixels. */
  readonly file: string;
  /** The most probable classes, as many as `top` says. */
  readonly top: readonly Prediction[];
  /** Of every class, in the order of `classNames`. */
  readonly probabilities: readonly number[];
}

/** What a model outputs for a file. */
export interface FileValues {
  readonly file: string;
  /** As many as the model has outputs. */
  readonly values: readonly number[];
}
