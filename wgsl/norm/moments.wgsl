// Mean and sum of squared deviations of a number of elements, merged as Chan, Golub and LeVeque do ("Algorithms for
// computing the sample variance", 1983): nothing is lost if the mean is large compared with the deviation.
struct Sum {
  mean: T,
  deviation: T,
  count: f32,
}

fn empty() -> Sum {
  return Sum(T(0.0), T(0.0), 0.0);
}

fn merge(a: Sum, b: Sum) -> Sum {
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let delta = b.mean - a.mean;
  return Sum(a.mean + share * delta, a.deviation + b.deviation + (share * a.count) * delta * delta, count);
}
