import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crc32c, encodeRecord, encodeScalars, encodeVersion, EventWriter } from "../../src/io/tfevents.js";

describe("encoding", () => {
  it("has the CRC-32C of RFC 3720", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  });

  // The records that TensorBoard 2.21's own RecordWriter and protobuf classes write.
  it.each([
    [
      "the version",
      encodeVersion(1700000000.25),
      "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9",
    ],
    [
      "two scalars",
      encodeScalars(1700000001.5, 300, { epoch_loss: 0.5, epoch_acc: 0.75 }),
      "33000000000000000ca720560900006040fc54d94110ac022a250a110a0a65706f63685f6c6f7373150000003f0a100a0965706f63685f616363150000403fdcd6a701",
    ],
    [
      "NaN at step 0",
      encodeScalars(1700000002, 0, { epoch_loss: NaN }),
      "1e00000000000000d9dc12320900008040fc54d9412a130a110a0a65706f63685f6c6f7373150000c07f4b64e4a0",
    ],
    [
      "a step beyond 32 bits",
      encodeScalars(1700000003, 2 ** 40, { x: 0 }),
      "1c00000000000000c8c1951d090000c040fc54d941108080808080202a0a0a080a01781500000000c2cf22a7",
    ],
  ])("writes %s as TensorBoard does", (_, event, hex) => {
    expect(encodeRecord(event).toString("hex")).toBe(hex);
  });
});

describe("EventWriter", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("appends whole records to a file that begins with the version", async () => {
    const writer = await EventWriter.create(join(folder, "a", "train"), "my host/1");
    expect(writer.path).toMatch(/\/a\/train\/events\.out\.tfevents\.\d{10}\.my_host_1$/);
    await writer.scalars(7, { loss: 0.25 }, 1700000000);
    const written = await readFile(writer.path);
    const record = encodeRecord(encodeScalars(1700000000, 7, { loss: 0.25 }));
    expect(written.subarray(-record.length)).toEqual(record);
    expect(written.length - record.length).toBe(40);
    expect(written.subarray(21, 36).toString()).toBe("\x1a\x0dbrain.Event:2");
  });

  it("gives two fits of one second a file each", async () => {
    const writers = [];
    for (let i = 0; i < 3; i++) writers.push(await EventWriter.create(folder, "host"));
    expect(new Set(writers.map((w) => w.path)).size).toBe(3);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it("says where it cannot write", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(EventWriter.create(join(folder, "file", "train"))).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining(join(folder, "file", "train")) as string,
    });
  });
});
