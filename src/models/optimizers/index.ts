/** The optimizers: what the library exports, and what a file or a name may ask for. */
import type { NameIn } from "../../names.js";
import { Adam } from "./adam.js";
import { AdamW } from "./adamw.js";
import { RMSprop } from "./rmsprop.js";
import { SGD } from "./sgd.js";

/** Optimizers by their names. */
export const optimizers = { rmsprop: RMSprop, sgd: SGD, adam: Adam, adamw: AdamW };

export type OptimizerName = NameIn<typeof optimizers>;

export { Adam, AdamW, RMSprop, SGD };
export type { AdamOptions } from "./adam.js";
export type { AdamWOptions } from "./adamw.js";
export type { RMSpropOptions } from "./rmsprop.js";
export type { SGDOptions } from "./sgd.js";
