import { WgraftError } from "../../errors.js";
import { classNameOf } from "../../options/describe.js";
import type { Callback, TrainedModel } from "../training/history.js";

/** A callback that acts on the model or its optimizer. */
export abstract class ModelCallback implements Callback {
  private trained: TrainedModel | undefined;

  setModel(model: TrainedModel): void {
    this.trained = model;
  }

  /** The model of the fit under way. */
  protected get model(): TrainedModel {
    if (this.trained) return this.trained;
    throw new WgraftError(
      "usage",
      `${classNameOf(this.constructor)}: no model yet; pass the callback to model.fit`,
    );
  }

  /** What trains the model. */
  protected get optimizer(): NonNullable<TrainedModel["compilation"]>["optimizer"] {
    const { compilation } = this.model;
    if (compilation) return compilation.optimizer;
    throw new WgraftError("usage", `${classNameOf(this.constructor)}: the model is not compiled`);
  }
}
