/** Damage to HDF5 files in the old layout, which wgraft and h5py write, at places that are found by what stands there. */

/** The objects of the first collection of the global heap, as positions of their headers (index, size). */
export function heapObjects(bytes: Buffer): number[] {
  const heap = bytes.indexOf("GCOL\x01");
  const end = heap + Number(bytes.readBigUInt64LE(heap + 8));
  const positions: number[] = [];
  for (let at = heap + 16; at + 16 <= end;) {
    positions.push(at);
    const [index, size] = [bytes.readUInt16LE(at), Number(bytes.readBigUInt64LE(at + 8))];
    at += index === 0 ? size : 16 + Math.ceil(size / 8) * 8;
  }
  return positions;
}

/** A copy with one change. */
export function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

/**
 * The entries of the tables of links, in the order of the file. Each has 40 bytes: name, address of the object's header, and
 * what HDF5 keeps of the object.
 */
export function linkEntries(bytes: Buffer): number[] {
  const entries: number[] = [];
  for (let at = bytes.indexOf("SNOD"); at >= 0; at = bytes.indexOf("SNOD", at + 1))
    for (let i = 0; i < bytes.readUInt16LE(at + 6); i++) entries.push(at + 8 + 40 * i);
  return entries;
}

/** Makes one link lead where another does. */
export function relink(bytes: Buffer, from: number, to: number): void {
  bytes.copy(bytes, from + 8, to + 8, to + 40);
}

/** Where the file refers to texts in the heap at `heap`: length, address of the heap, number of the object; 16 bytes. */
export function textReferences(bytes: Buffer, heap: number): number[] {
  const address = Buffer.alloc(8);
  address.writeBigUInt64LE(BigInt(heap));
  const found: number[] = [];
  for (let at = bytes.indexOf(address); at >= 0; at = bytes.indexOf(address, at + 1)) found.push(at - 4);
  return found;
}

/** Lets the list of free space in the first group's names begin again at its end. */
export function ringFreeList(bytes: Buffer): void {
  const heap = bytes.indexOf("HEAP");
  const [first, names] = [bytes.readBigUInt64LE(heap + 16), bytes.readBigUInt64LE(heap + 24)];
  bytes.writeBigUInt64LE(first, Number(names + first));
}
