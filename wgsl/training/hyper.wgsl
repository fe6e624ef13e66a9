// The hyper-parameters that change from step to step; src/kernels/training/hyper.ts has the same fields.
struct Hyper {
  // Adam's is corrected for its bias.
  learning_rate: f32,
  // What gradients of the scaled loss are multiplied by.
  inverse_loss_scale: f32,
  // What AdamW shrinks a variable by: learning rate · weight decay.
  decay: f32,
  // Other than 0 where the step is to be skipped.
  is_skipped: f32,
}
