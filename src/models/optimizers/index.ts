/** The optimizers: what the library exports, and what a file or a name may ask for. */
import type { NameIn } from "../../names.js";
import { Adam } from "./adam.js";
import { RMSprop } from "./rmsprop.js";
import { SGD } from "./sgd.js";

/** Optimizers by their names. */
export const optimizers = { rmsprop: RMSprop, sgd: SGD, adam: Adam };

export type OptimizerName = NameIn<typeof optimizers>;

export { Adam, RMSprop, SGD };
export type { AdamOptions } from "./adam.js";
export type { RMSpropOptions } from "./rmsprop.js";
export type { SGDOptions } from "./sgd.js";
