// Shared by the optimizers' kernels: each updates one element of a weight, in place. hyper = [learning rate, 1 / loss scale,
// learning rate · weight decay, 1 where the step is skipped because a gradient was not finite].
override scaled_gradient: bool = false;
override skippable: bool = false;

fn is_skipped() -> bool {
  return skippable && hyper[3] != 0.0;
}

fn unscaled(gradient: T) -> T {
  if (scaled_gradient) {
    return hyper[1] * gradient;
  }
  return gradient;
}
