/**
 * The checksums of HDF5's newest layout. Damage that leaves them wrong is noticed by them; an attacker sets them right, so that
 * HDF5 parses what is below.
 */

/** A structure with a checksum of all its other bytes. */
export interface Seal {
  readonly start: number;
  readonly end: number;
  /** Where the checksum is, which counts as zeros where it is not at the end. */
  readonly at: number;
}

/** Object headers, B-trees, fractal heaps, free-space managers, fixed and extensible arrays; the superblock. */
const signatures =
  "OHDR OCHK BTHD BTIN BTLF FRHP FHDB FHIB FSHD FSSE FAHD FADB EAHD EAIB EASB EADB SMTB SMLI \x89HDF".split(
    " ",
  );
/** Block sizes of a fractal heap, and what precedes its checksum: signature, version, address, offset. */
const heapBlockBytes = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
const heapBlockHeads = [14, 15, 16, 17, 18, 19, 20, 21];

/** The checksums of a sound file, found by their values. */
export function sealsOf(bytes: Buffer): Seal[] {
  const starts = [...new Set(signatures.flatMap((signature) => [...placesOf(bytes, signature)]))].sort(
    (a, b) => a - b,
  );
  return starts.flatMap((start, i) => {
    const isHeapBlock = bytes.toString("latin1", start, start + 4) === "FHDB";
    const candidates = isHeapBlock
      ? heapBlockBytes.flatMap((size) =>
          heapBlockHeads.map((head) => ({ start, at: start + head, end: start + size })),
        )
      : Array.from({ length: (starts[i + 1] ?? bytes.length) - start - 7 }, (_, length) => ({
          start,
          at: start + 4 + length,
          end: start + 8 + length,
        }));
    const seal = candidates.find(
      (one) => one.end <= bytes.length && checksum(bytes, one) === bytes.readUInt32LE(one.at),
    );
    return seal ? [seal] : [];
  });
}

/** Sets the checksums right where the file still has them. */
export function seal(bytes: Buffer, seals: readonly Seal[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const one of seals) if (one.end <= copy.length) copy.writeUInt32LE(checksum(copy, one), one.at);
  return copy;
}

function* placesOf(bytes: Buffer, signature: string): Generator<number> {
  for (
    let at = bytes.indexOf(signature, 0, "latin1");
    at >= 0;
    at = bytes.indexOf(signature, at + 1, "latin1")
  )
    yield at;
}

function checksum(bytes: Buffer, { start, end, at }: Seal): number {
  if (at + 4 === end) return lookup3(bytes.subarray(start, at));
  return lookup3(Buffer.from(bytes.subarray(start, end)).fill(0, at - start, at - start + 4));
}

const rotated = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits));

/** Bob Jenkins's hash function of that name, in its variant for bytes: H5_checksum_lookup3. */
function lookup3(bytes: Buffer): number {
  if (bytes.length === 0) return 0xdeadbeef;
  const words = Buffer.alloc(12 * Math.ceil(bytes.length / 12));
  bytes.copy(words);
  let a = (0xdeadbeef + bytes.length) | 0;
  let [b, c] = [a, a];
  for (let at = 0; at < words.length; at += 12) {
    if (at > 0)
      for (const bits of [4, 6, 8, 16, 19, 4]) [a, b, c] = [b, (c + b) | 0, (a - c) ^ rotated(c, bits)];
    a = (a + words.readInt32LE(at)) | 0;
    b = (b + words.readInt32LE(at + 4)) | 0;
    c = (c + words.readInt32LE(at + 8)) | 0;
  }
  for (const bits of [14, 11, 25, 16, 4, 14, 24]) [a, b, c] = [b, ((c ^ b) - rotated(b, bits)) | 0, a];
  return b >>> 0;
}
