// Gradient descent: w ← w - rate · g.
@group(0) @binding(2) var<storage, read> hyper: Hyper;

fn step(i: u32, g: T) {
  variable[i] -= hyper.learning_rate * g;
}
