// What the optimizers' updates know of loss scaling. hyper: learning rate, 1 / loss scale, learning rate · weight decay, 1 where the step is skipped.
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
