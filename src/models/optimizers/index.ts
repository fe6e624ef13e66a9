/** The optimizers: what the library exports, and what a file or a name may ask for. */
import { Adam } from "./adam.js";
import { RMSprop } from "./rmsprop.js";
import { SGD } from "./sgd.js";

/** Optimizers by their names. */
export const optimizers = { rmsprop: RMSprop, sgd: SGD, adam: Adam };

export type OptimizerName = keyof typeof optimizers;
export const optimizerNames = Object.keys(optimizers) as readonly OptimizerName[];

export { Adam, RMSprop, SGD };
export type { AdamOptions } from "./adam.js";
export type { RMSpropOptions } from "./rmsprop.js";
export type { SGDOptions } from "./sgd.js";
