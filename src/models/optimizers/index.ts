/** Optimizers by name: the allow-list of what a file or the command line may ask for. */
import { WgraftError } from "../../errors.js";
import { Adam } from "./adam.js";
import type { Optimizer } from "./optimizer.js";
import { RMSprop } from "./rmsprop.js";
import { scheduleFromConfig } from "./savedSchedule.js";
import { SGD } from "./sgd.js";

export type OptimizerName = "rmsprop" | "sgd" | "adam";
export const optimizerNames: readonly OptimizerName[] = ["rmsprop", "sgd", "adam"];

/** @throws WgraftError `not-supported` for a name that is not in the list */
export function optimizerOf(name: string, learningRate?: number): Optimizer {
  switch (name.toLowerCase()) {
    case "rmsprop":
      return new RMSprop({ learningRate });
    case "sgd":
      return new SGD({ learningRate });
    case "adam":
      return new Adam({ learningRate });
    default:
      throw new WgraftError(
        "not-supported",
        `optimizer ${name} is not known; known: ${optimizerNames.join(", ")}`,
      );
  }
}

/** An optimizer from a saved `optimizer_config`. Arguments that wgraft does not have are left out. */
export function optimizerFromConfig(className: string, config: Readonly<Record<string, unknown>>): Optimizer {
  const number = (key: string) => (typeof config[key] === "number" ? config[key] : undefined);
  const rate = config.learning_rate ?? config.lr ?? undefined;
  const common = {
    learningRate: rate === undefined || typeof rate === "number" ? rate : scheduleFromConfig(rate),
    clipnorm: number("clipnorm"),
    clipvalue: number("clipvalue"),
  };
  switch (className.replace(/^.*>/, "").toLowerCase()) {
    case "rmsprop":
      return new RMSprop({
        ...common,
        rho: number("rho"),
        momentum: number("momentum"),
        epsilon: number("epsilon"),
        centered: config.centered === true,
      });
    case "sgd":
      return new SGD({ ...common, momentum: number("momentum"), nesterov: config.nesterov === true });
    case "adam":
      return new Adam({
        ...common,
        beta1: number("beta_1"),
        beta2: number("beta_2"),
        epsilon: number("epsilon"),
      });
    default:
      throw new WgraftError(
        "not-supported",
        `optimizer ${className} is not known; known: ${optimizerNames.join(", ")}`,
      );
  }
}
