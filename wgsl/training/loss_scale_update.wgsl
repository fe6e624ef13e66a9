// The hyper-parameters of this step, and the loss scale of the next one.
override growth_steps: f32;
// Normal numbers whose inverses are normal, too: Keras sets no bounds, and is stuck at 0 or infinity once it is there.
const LOWEST = 0x1p-126f;
const HIGHEST = 0x1p126f;

@group(0) @binding(0) var<storage, read_write> step_hyper: Hyper;
@group(0) @binding(1) var<storage, read_write> scale: array<f32>;
// Steps since the scale last changed, and steps skipped so far.
@group(0) @binding(2) var<storage, read_write> steps: array<f32>;
@group(0) @binding(3) var<storage, read> hyper: Hyper;
@group(0) @binding(4) var<storage, read> all_finite: array<f32>;

@compute @workgroup_size(1)
fn main() {
  let finite = all_finite[0] != 0.0;
  step_hyper.learning_rate = hyper.learning_rate;
  step_hyper.inverse_loss_scale = 1.0 / scale[0];
  step_hyper.decay = hyper.decay;
  step_hyper.is_skipped = select(1.0, 0.0, finite);
  if (!finite) {
    scale[0] = max(0.5 * scale[0], LOWEST);
    steps[0] = 0.0;
    steps[1] += 1.0;
  } else if (steps[0] + 1.0 >= growth_steps) {
    scale[0] = min(2.0 * scale[0], HIGHEST);
    steps[0] = 0.0;
  } else {
    steps[0] += 1.0;
  }
}
