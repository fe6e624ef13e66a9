/** Optimizers out of files and by name: only those in the list of optimizers are ever built. */
import { WgraftError } from "../../errors.js";
import { nameIn } from "../../names.js";
import { ConfigError, fromConfig } from "../../options/kerasConfig.js";
import { optimizers } from "./index.js";
import type { Optimizer } from "./optimizer.js";

/** An optimizer with Keras's defaults. @throws WgraftError `not-supported` for a name that is not in the list */
export function optimizerOf(name: string, learningRate?: number): Optimizer {
  return new (classOf(name))({ learningRate });
}

/**
 * An optimizer from a saved `optimizer_config`.
 * @throws WgraftError `not-supported` for a class or an argument that wgraft does not have, and for what makes no sense
 */
export function optimizerFromConfig(className: string, config: Readonly<Record<string, unknown>>): Optimizer {
  const optimizer = classOf(className.replace(/^.*>/, ""));
  // Keras ≤ 2.2 calls the rate lr.
  const { lr, ...rest } = config;
  try {
    const named = lr === undefined ? config : { learning_rate: lr, ...rest };
    return new optimizer(fromConfig(optimizer.table, named));
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new WgraftError("not-supported", `optimizer ${className}: ${cause.message}`, { cause });
  }
}

function classOf(name: string) {
  return optimizers[nameIn(optimizers, "optimizer", name.toLowerCase())];
}
