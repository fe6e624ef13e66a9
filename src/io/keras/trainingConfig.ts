export interface CompileArguments {
  /** Keras's class ("RMSprop") and its arguments under Keras's names: `{ learning_rate: 2e-5, rho: 0.9 }`. */
  optimizer: { className: string; config: Record<string, unknown> };
  /** "binary_crossentropy", or the object of a loss that is not at its defaults; of several outputs a list, or an object by names. */
  loss: unknown;
  /** Of several outputs, in the form of `loss`; else null or a list of one. */
  lossWeights?: unknown;
  /** `["acc"]`; of several outputs a list of such, or an object by names. */
  metrics: unknown;
}

/**
 * The `training_config` of a saved .h5 in the notation that Keras 2 and 3 both load: Keras 3 asks for `optimizer_config`
 * and `loss_weights`, Keras 2.2 for `sample_weight_mode` too.
 */
export function kerasTrainingConfig({
  optimizer,
  loss,
  lossWeights = null,
  metrics,
}: CompileArguments): object {
  return {
    loss,
    metrics,
    weighted_metrics: null,
    sample_weight_mode: null,
    loss_weights: lossWeights,
    optimizer_config: { class_name: optimizer.className, config: optimizer.config },
  };
}
