/**
 * The collections of an HDF5 file's global heap, where variable-length text lies. libhdf5 2.0.0 walks the objects of one in
 * a loop that ends only if each object takes some bytes: an empty one stops it for ever
 * (H5HG__cache_heap_deserialize). So the objects are walked here first.
 */

const SIGNATURE = Buffer.from("GCOL\x01", "latin1");
/** HDF5 makes none that is smaller (H5HG_MINSIZE). */
const MIN_BYTES = 4096;
const ALIGNMENT = 8;

/** Reads `length` bytes of the file at `position` into a new buffer: fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Buffer;

/** Positions in `block` where a collection of the global heap may begin. */
export function* heapsIn(block: Buffer): Generator<number> {
  for (let at = block.indexOf(SIGNATURE); at >= 0; at = block.indexOf(SIGNATURE, at + 1)) yield at;
}

/**
 * Whether HDF5 would come to the end of the collection at `position`. True for what is no collection.
 *
 * @param lengthBytes of a length in this file: 8, unless its superblock says otherwise
 */
export function isWalkable(read: ReadAt, position: number, lengthBytes: number, fileSize: number): boolean {
  const headerBytes = aligned(SIGNATURE.length + 3 + lengthBytes);
  const header = read(position, headerBytes);
  if (header.length < headerBytes) return true;
  const byteLength = lengthAt(header, SIGNATURE.length + 3, lengthBytes);
  if (byteLength < MIN_BYTES || byteLength > fileSize - position) return true; // HDF5 refuses these itself
  const heap = read(position, byteLength);
  const objectHeaderBytes = aligned(8 + lengthBytes);
  let at = headerBytes;
  while (at + objectHeaderBytes <= byteLength) {
    const index = heap.readUInt16LE(at);
    // In WebAssembly a size has 32 bits: what HDF5 decodes is cut off, and sums wrap around.
    const size = lowWord(heap, at + 8, lengthBytes);
    const needed = index === 0 ? size : (objectHeaderBytes + aligned(size)) >>> 0;
    if (needed === 0 || needed > byteLength - at) return false;
    at += needed;
  }
  return true;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Inexact above 2⁵³, which no file reaches. */
function lengthAt(bytes: Buffer, at: number, lengthBytes: number): number {
  return lowWord(bytes, at, lengthBytes) + (lengthBytes === 8 ? bytes.readUInt32LE(at + 4) * 2 ** 32 : 0);
}

function lowWord(bytes: Buffer, at: number, lengthBytes: number): number {
  return lengthBytes === 2 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at);
}
