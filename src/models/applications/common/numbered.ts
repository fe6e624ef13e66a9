/** The name that Keras gives a layer which has none: "conv2d", "conv2d_1", … in the order in which they are made. */
export function numbered(kind: string, place: number): string {
  return place === 0 ? kind : `${kind}_${place}`;
}

/** These names for the layers of one network. */
export class LayerNames {
  private readonly made = new Map<string, number>();

  /** @param kind the class in snake case: "re_lu" */
  next(kind: string): string {
    const place = this.made.get(kind) ?? 0;
    this.made.set(kind, place + 1);
    return numbered(kind, place);
  }
}
