export interface CompileArguments {
  /** Keras's class ("RMSprop") and its arguments under Keras's names: `{ learning_rate: 2e-5, rho: 0.9 }`. */
  optimizer: { className: string; config: Record<string, unknown> };
  /** "binary_crossentropy", or the object of a loss that is not at its defaults. */
  loss: unknown;
  /** `["acc"]` */
  metrics: readonly string[];
}

/**
 * The `training_config` of a saved .h5 in the notation that Keras 2 and 3 both load: Keras 3 asks for `optimizer_config`
 * and `loss_weights`, Keras 2.2 for `sample_weight_mode` too.
 */
export function kerasTrainingConfig({ optimizer, loss, metrics }: CompileArguments): object {
  return {
    loss,
    metrics,
    weighted_metrics: null,
    sample_weight_mode: null,
    loss_weights: null,
    optimizer_config: { class_name: optimizer.className, config: optimizer.config },
  };
}
