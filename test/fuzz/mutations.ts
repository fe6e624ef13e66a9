/** Arbitrary damage to bytes and to JSON. */
import fc from "fast-check";

/** A place in a file, wherever that is: `at` modulo what there is. */
type Edit =
  | { kind: "flip"; at: number; bit: number }
  | { kind: "set"; at: number; width: 1 | 2 | 4 | 8; value: bigint }
  | { kind: "zero"; at: number; length: number }
  | { kind: "copy"; at: number; from: number; length: number }
  | { kind: "cut"; at: number; length: number }
  | { kind: "insert"; at: number; bytes: Uint8Array }
  | { kind: "truncate"; at: number };
export type Edits = Edit[];

const at = fc.nat(2 ** 31 - 1);
const length = fc.integer({ min: 1, max: 256 });
/** Sizes and addresses that programs forget. */
const values = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    0x7fn,
    0xffn,
    0xffffn,
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ),
  fc.bigInt({ min: 0n, max: 2n ** 17n }),
);

/** One to four edits. */
export const edits: fc.Arbitrary<Edits> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("flip" as const), at, bit: fc.nat(7) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        at,
        width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
        value: values,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("zero" as const), at, length }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("copy" as const), at, from: at, length }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at, length }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("insert" as const),
        at,
        bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("truncate" as const), at }) },
  ),
  { minLength: 1, maxLength: 4 },
);

/** Most of an HDF5 file is space that nothing reads: three edits of four go to bytes that are not zero, or just behind one. */
export function edited(bytes: Buffer, list: Edits): Buffer {
  const used = usedIn(bytes);
  const place = (n: number, size: number) =>
    n % 4 === 0 || used.length === 0 ? n % Math.max(size, 1) : used[(n >> 5) % used.length] + ((n >> 2) & 7);
  let result: Buffer = Buffer.from(bytes);
  for (const edit of list) {
    if (result.length === 0) return result;
    const start = Math.min(place(edit.at, result.length), result.length - 1);
    result = apply(result, edit, start);
  }
  return result;
}

const known = new WeakMap<Buffer, Uint32Array>();

/** Where bytes that are not zero lie. Remembered: a file is damaged many times. */
function usedIn(bytes: Buffer): Uint32Array {
  let used = known.get(bytes);
  if (!used) known.set(bytes, (used = Uint32Array.from(bytes.keys()).filter((i) => bytes[i] !== 0)));
  return used;
}

function apply(bytes: Buffer, edit: Edit, start: number): Buffer {
  const copy = Buffer.from(bytes);
  switch (edit.kind) {
    case "flip":
      copy[start] ^= 1 << edit.bit;
      return copy;
    case "set": {
      const word = Buffer.alloc(8);
      word.writeBigUInt64LE(edit.value);
      word.subarray(0, edit.width).copy(copy, start);
      return copy;
    }
    case "zero":
      return copy.fill(0, start, Math.min(copy.length, start + edit.length));
    case "copy":
      copy.set(
        bytes.subarray(edit.from % bytes.length).subarray(0, Math.min(edit.length, copy.length - start)),
        start,
      );
      return copy;
    case "cut":
      return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + edit.length)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, start), edit.bytes, bytes.subarray(start)]);
    case "truncate":
      return bytes.subarray(0, start);
  }
}

/** Another value in place of one node of a JSON tree, and text that is no value at all. */
export interface JsonEdit {
  at: number;
  action: "replace" | "remove" | "duplicate" | "wrap";
  value: fc.JsonValue;
}

export const jsonEdits: fc.Arbitrary<JsonEdit[]> = fc.array(
  fc.record({
    at,
    action: fc.constantFrom("replace", "replace", "replace", "remove", "duplicate", "wrap"),
    value: fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(
        -1,
        0.5,
        1e300,
        2 ** 53,
        "",
        "relu",
        "__proto__",
        [],
        {},
        null,
        true,
      ) as fc.Arbitrary<fc.JsonValue>,
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

type Container = Record<string, unknown> | unknown[];

export function editedJson(json: unknown, list: readonly JsonEdit[]): unknown {
  const root = { json: structuredClone(json) };
  for (const { at: n, action, value } of list) {
    const places = [...placesIn(root)];
    if (places.length === 0) break;
    const [container, key] = places[n % places.length];
    const node = (container as Record<string, unknown>)[key];
    if (action === "remove") Reflect.deleteProperty(container, key);
    else if (action === "duplicate" && Array.isArray(container)) container.push(structuredClone(node));
    else
      Object.defineProperty(container, key, {
        value: action === "wrap" ? [node] : structuredClone(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return root.json;
}

function* placesIn(container: Container): Generator<[Container, string]> {
  for (const [key, value] of Object.entries(container)) {
    yield [container, key];
    if (typeof value === "object" && value !== null) yield* placesIn(value as Container);
  }
}
