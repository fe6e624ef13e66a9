// What the gradients of beta and gamma are sums of: dy, and dy times what gamma multiplied.
struct Sum {
  beta: T,
  gamma: T,
}

fn empty() -> Sum {
  return Sum(T(0.0), T(0.0));
}

fn merge(a: Sum, b: Sum) -> Sum {
  return Sum(a.beta + b.beta, a.gamma + b.gamma);
}
