import { number } from "../../options/checks.js";
import { ignored, optional, type Arguments } from "../../options/fields.js";
import { Adam, adamFields, adamFixed, type AdamOptions } from "./adam.js";
import { optimizerOptions } from "./optimizerOptions.js";

export interface AdamWOptions extends AdamOptions {
  /** Before each step weights shrink by this times the learning rate. Default 0.004. */
  weightDecay?: number;
}

const table = optimizerOptions<AdamWOptions>("AdamW", 1e-3).fields(
  { ...adamFields, weightDecay: optional(number({ min: 0 }), 0.004) },
  // Among the fields here, where other optimizers do not have it.
  { ...adamFixed, weight_decay: ignored() },
);

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019) as keras/src/optimizers/adamw.py has it: of every weight,
 * biases and those of normalizations included. Default learning rate 1e-3.
 * @example
 * model.compile({ optimizer: new AdamW({ learningRate: 1e-4, weightDecay: 0.01 }), loss: "binary_crossentropy" });
 */
export class AdamW extends Adam {
  static override readonly table = table;

  constructor(options?: AdamWOptions) {
    super(options);
  }

  override hyper(): Float32Array {
    const hyper = super.hyper();
    const { weightDecay } = this.args as Arguments<typeof table>;
    hyper[2] = weightDecay * this.learningRate;
    return hyper;
  }

  protected override get decays(): boolean {
    return true;
  }
}
