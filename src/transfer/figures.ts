/** As Keras prints figures: "0.6931", "5.0000e-05". */
export function formatFigure(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(4) : value.toFixed(4);
}
