/** The loss scale after a step, as Keras 3's LossScaleOptimizer has it, in float64 and without its lack of bounds. */
export interface LossScaleState {
  readonly scale: number;
  /** Since the scale last changed. */
  readonly goodSteps: number;
  readonly skippedSteps: number;
}

export function nextLossScale(state: LossScaleState, finite: boolean, growthSteps: number): LossScaleState {
  const { scale, goodSteps, skippedSteps } = state;
  if (!finite) return { scale: Math.max(scale / 2, 2 ** -126), goodSteps: 0, skippedSteps: skippedSteps + 1 };
  if (goodSteps + 1 < growthSteps) return { ...state, goodSteps: goodSteps + 1 };
  return { scale: Math.min(scale * 2, 2 ** 126), goodSteps: 0, skippedSteps };
}
