/**
 * TensorBoard's event files: TFRecords of Event messages, encoded by hand for scalars alone.
 * Formats: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto.
 */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { writing } from "./writing.js";

/** Appends to one event file. Keeps no file open: every call leaves a file that TensorBoard can read. */
export class EventWriter {
  private constructor(readonly path: string) {}

  /**
   * Begins a new file, `events.out.tfevents.<seconds>.<host>`, in a folder that is made when it is missing.
   * @param host part of the name. Default: this machine's
   * @throws WgraftError `io` when it cannot be written
   */
  static async create(folder: string, host = hostname()): Promise<EventWriter> {
    const now = Date.now() / 1000;
    const safeHost = host.replace(/[^\w.-]/g, "_");
    const name = `events.out.tfevents.${Math.floor(now)}.${safeHost}`;
    const header = encodeRecord(encodeVersion(now));
    await writing(folder, () => mkdir(folder, { recursive: true }));
    // Another fit may have begun in the same second.
    for (let n = 0; ; n++) {
      const path = join(folder, n === 0 ? name : `${name}.${n}`);
      const isNew = await writing(path, () => writeNew(path, header));
      if (isNew) return new EventWriter(path);
    }
  }

  /**
   * Appends one event.
   * @param values by tag
   * @param wallTime seconds since 1970. Default: now
   */
  async scalars(
    step: number,
    values: Readonly<Record<string, number>>,
    wallTime = Date.now() / 1000,
  ): Promise<void> {
    const record = encodeRecord(encodeScalars(wallTime, step, values));
    await writing(this.path, () => appendFile(this.path, record));
  }
}

/** False where the file exists already. */
async function writeNew(path: string, data: Uint8Array): Promise<boolean> {
  try {
    await writeFile(path, data, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A TFRecord: length (uint64), its masked CRC32C, the data, its masked CRC32C; all little-endian. */
export function encodeRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return record;
}

/** The first event of every file. */
export function encodeVersion(wallTime: number): Buffer {
  return Buffer.concat([double(1, wallTime), bytes(3, Buffer.from("brain.Event:2"))]);
}

/**
 * An Event whose Summary has a `simple_value` for each tag: the form that TensorBoard 1 and 2 both show as scalars, and
 * that its EventAccumulator lists under `scalars`.
 */
export function encodeScalars(
  wallTime: number,
  step: number,
  values: Readonly<Record<string, number>>,
): Buffer {
  const summary = Object.entries(values).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  );
  // As everywhere in proto3, zero is not written.
  const stepField = step === 0 ? [] : [tagOf(2, 0), varint(step)];
  return Buffer.concat([double(1, wallTime), ...stepField, bytes(5, Buffer.concat(summary))]);
}

/** What begins a protobuf field. */
function tagOf(field: number, wireType: 0 | 1 | 2 | 5): Buffer {
  return varint(field * 8 + wireType);
}

function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([tagOf(field, 2), varint(value.length), value]);
}

function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return Buffer.concat([tagOf(field, 1), data]);
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([tagOf(field, 5), data]);
}

/** Seven bits a byte, the low ones first. By division: steps may pass 32 bits. */
function varint(value: number): Buffer {
  const out: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}

/** Castagnoli's polynomial, reflected. */
const polynomial = 0x82f63b78;
const crcTable = Uint32Array.from({ length: 256 }, (_, i) => {
  for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ polynomial : i >>> 1;
  return i;
});

/** CRC-32C (RFC 3720). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** A CRC over data that contains CRCs is weak; TFRecords therefore rotate and offset them. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
