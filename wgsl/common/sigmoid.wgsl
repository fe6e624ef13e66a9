fn sigmoid(x: T) -> T {
  // exp() of a number that is never positive cannot overflow.
  let e = exp(-abs(x));
  return select(e, T(1.0), x >= T(0.0)) / (T(1.0) + e);
}
