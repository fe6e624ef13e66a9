/** The name that Keras gives a layer which has none: "conv2d", "conv2d_1", … in the order in which they are made. */
export function numbered(kind: string, place: number): string {
  return place === 0 ? kind : `${kind}_${place}`;
}
