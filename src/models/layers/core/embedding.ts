import { WgraftError } from "../../../errors.js";
import { gatherRows } from "../../../kernels/shape/gatherRows.js";
import type { Value } from "../../../kernels/op.js";
import { positiveInteger } from "../../../options/checks.js";
import { fixed, ignored, optional, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { initializer, type Initializer } from "../../initializers.js";
import { constraintField, type Constraint } from "../../constraints.js";
import { regularizerField, type Regularizer } from "../../regularizers.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface EmbeddingOptions extends LayerOptions {
  /** How many numbers there are: inputs are whole numbers from 0 to one less. */
  inputDim: number;
  /** Size of the vector that stands for a number. */
  outputDim: number;
  /** Default "RandomUniform". */
  embeddingsInitializer?: Initializer;
  /** Default: none. */
  embeddingsRegularizer?: Regularizer | null;
  /** Default: none. */
  embeddingsConstraint?: Constraint | null;
  /** Of the layer's output. Default: none. */
  activityRegularizer?: Regularizer | null;
}

const table = layerOptions<EmbeddingOptions>("Embedding").fields(
  {
    inputDim: required(positiveInteger),
    outputDim: required(positiveInteger),
    embeddingsInitializer: optional(initializer, "RandomUniform"),
    embeddingsRegularizer: regularizerField,
    embeddingsConstraint: constraintField,
    activityRegularizer: regularizerField,
  },
  { mask_zero: fixed(false), input_length: ignored() },
);

/** Float16 has all whole numbers up to this one. */
const largestInFloat16 = 2048;

/**
 * A vector for each number, (n, …) → (n, …, outputDim); a fraction is cut off, and a number that is out of range gives NaN. Follows
 * keras/src/layers/core/embedding.py.
 * @example
 * const words = Input({ shape: [12] });
 * console.log(new Embedding({ inputDim: 1000, outputDim: 16 }).apply(words).shape); // [ 12, 16 ]
 */
export class Embedding extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: EmbeddingOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return [...input, this.args.outputDim];
  }

  protected override createWeights(): void {
    const { inputDim, outputDim, embeddingsInitializer } = this.args;
    this.addWeight("embeddings", [inputDim, outputDim], embeddingsInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    if (input.dtype === "float16" && this.args.inputDim > largestInFloat16 + 1)
      throw new WgraftError(
        "not-supported",
        `layer ${this.name}: float16 does not represent ${this.args.inputDim} whole numbers; give the layer a model's input, or use float32`,
      );
    return context.graph.add(gatherRows, [this.weight(context, "embeddings"), input], {
      dtype: context.dtype,
    });
  }
}
