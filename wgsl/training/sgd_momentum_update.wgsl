// Gradient descent with momentum: m ← momentum · m - rate · g; w ← w + m, or with Nesterov w + momentum · m - rate · g.
override momentum: f32;
override nesterov: bool;

@group(0) @binding(2) var<storage, read_write> momenta: array<T>;
@group(0) @binding(3) var<storage, read> hyper: Hyper;

fn step(i: u32, g: T) {
  let descent = hyper.learning_rate * g;
  let updated = momentum * momenta[i] - descent;
  momenta[i] = updated;
  variable[i] += select(updated, momentum * updated - descent, nesterov);
}
