// The main of the optimizers' updates: the kernel's step(i, g) updates element i of the variable and of its slots by the gradient
// of the loss. The kernel declares the slots from binding 2 on, and after them hyper.
override scaled_gradient: bool = false;
override skippable: bool = false;

@group(0) @binding(0) var<storage, read_write> variable: array<T>;
@group(0) @binding(1) var<storage, read> gradient: array<T>;

fn invocation(i: u32) {
  if (i >= arrayLength(&variable) || (skippable && hyper.is_skipped != 0.0)) {
    return;
  }
  if (scaled_gradient) {
    step(i, hyper.inverse_loss_scale * gradient[i]);
  } else {
    step(i, gradient[i]);
  }
}
