// y = x / loss scale.
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> hyper: Hyper;

fn element(i: u32) -> T {
  return hyper.inverse_loss_scale * x[i];
}
