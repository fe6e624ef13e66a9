/** The beginning of an HDF5 file: its signature, and what wgraft must know before it hands the file to HDF5. */

const SIGNATURE = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
/** A file may begin with a block of its owner's, of 512 bytes or a power of two times that. */
const POSITIONS = [0, 512, 1024, 2048];

/** Bytes of a file's beginning in which its superblock is looked for. */
export const HEAD_BYTES = 2048 + 64;

export interface Superblock {
  /** Bytes of a length in this file: 8 in what h5py and wgraft write. */
  lengthBytes: number;
  /** Where HDF5's bytes end, as the file declares; absent where it does so in other than 64 bits. */
  endOfFile?: number;
}

/** Undefined for what is no HDF5 file. What makes no sense in one is for HDF5 to refuse. */
export function findSuperblock(head: Buffer): Superblock | undefined {
  const at = POSITIONS.find((position) =>
    head.subarray(position, position + SIGNATURE.length).equals(SIGNATURE),
  );
  if (at === undefined || head.length < at + 64) return undefined;
  const version = head[at + 8];
  const isOld = version < 2;
  const offsetBytes = head[at + (isOld ? 13 : 9)];
  const lengthBytes = head[at + (isOld ? 14 : 10)];
  // Base address, then free space (old) or the superblock's extension (new), then the end of the file.
  const addresses = at + (version === 0 ? 24 : isOld ? 28 : 12);
  const endOfFile = offsetBytes === 8 ? Number(head.readBigUInt64LE(addresses + 2 * offsetBytes)) : undefined;
  return { lengthBytes: [2, 4, 8].includes(lengthBytes) ? lengthBytes : 8, endOfFile };
}
