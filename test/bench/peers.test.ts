import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writePeerInputs } from "../../bench/peerInputs.js";
import { peerJobs, peerScripts, reasonToSkip } from "../../bench/peerJobs.js";
import { runPeerProcess } from "../../bench/peerProcess.js";
import { largestDifference, outcome } from "../../bench/peers.js";
import { temporaryFolder } from "../support/images.js";

const result = (...outputs: number[]) => ({ times: [1], outputs });
const [, job] = peerJobs;

/** A peer that runs this program. */
async function peerOf(program: string, seconds = 60) {
  const script = join(await temporaryFolder(), "peer.mjs");
  await writeFile(script, program);
  return { command: process.execPath, args: [script], seconds };
}

describe("largestDifference", () => {
  it("is relative to the largest value", () => {
    expect(largestDifference(result(1, 2, 7), result(1, 2, 8))).toBe(1 / 8);
    expect(largestDifference(result(1, 2), result(1, 2))).toBe(0);
  });

  it("compares as many losses as there are, but only whole features", () => {
    expect(largestDifference(result(1), result(1, 2))).toBe(0);
    expect(largestDifference(result(1, 2, 3, 4), result(1, 2, 3, 4, 5))).toBe(Infinity);
    expect(largestDifference(result(), result(1))).toBe(Infinity);
  });

  it("does not take NaN for agreement", () => {
    expect(largestDifference(result(NaN, 1), result(1, 1))).toBe(Infinity);
  });
});

describe("reasonToSkip", () => {
  const skipped = (software: boolean) =>
    peerScripts.flatMap((peer) =>
      peerJobs.filter((one) => reasonToSkip(peer, one, software)).map(({ name }) => `${peer.name}: ${name}`),
    );

  it("spares libraries on an adapter in software the large steps, and nobody else anything", () => {
    expect(skipped(false)).toEqual([]);
    expect(skipped(true)).toEqual(
      ["tfjs-webgpu", "onnxruntime-webgpu", "jax-js-webgpu"].flatMap((peer) =>
        ["frozen", "fine-tuning"].map((kind) => `${peer}: ${kind} step of 32`),
      ),
    );
  });
});

describe("outcome", () => {
  const run = (times: number[], outputs: number[]) => ({ versions: {}, result: { times, outputs } });

  it("takes the ratio of medians, and the difference of outputs", () => {
    const { figure } = outcome("other", "a job", run([30, 20, 40], [1, 2.01]), run([10], [1, 2]));
    const measured = { median: 30, min: 20, iqr: 10, runs: 3, ratio: 3 };
    expect(figure).toMatchObject({ peer: "other", job: "a job", ...measured });
    expect(figure?.error).toBeCloseTo(0.005);
  });

  it("has neither where ours has no result", () => {
    const { figure } = outcome("other", "a job", run([30], [1]), { versions: {}, failure: "broken" });
    expect(figure).toMatchObject({ median: 30, ratio: null, error: null });
  });

  it("takes a wrong answer for a failure", () => {
    expect(outcome("other", "a job", run([30], [1]), run([10], [2]))).toEqual({
      failure: "its outputs differ from ours by 0.5",
    });
    expect(outcome("other", "a job", run([30], [NaN]), run([10], [2])).figure).toBeUndefined();
  });
});

describe("runPeerProcess", () => {
  it("keeps what a peer prints, and skips the chatter of its library", async () => {
    const peer = await peerOf(`
      console.log("welcome to the library");
      console.log("{ not JSON");
      console.log(JSON.stringify({ versions: { library: "1.0" } }));
      const { batch } = JSON.parse(process.env.WGRAFT_BENCH_JOB);
      console.log(JSON.stringify({ times: [3, 4], outputs: [batch] }));`);
    const run = await runPeerProcess(peer, job);
    expect(run).toEqual({ versions: { library: "1.0" }, result: { times: [3, 4], outputs: [job.batch] } });
  });

  it("gives the reason that a peer gives", async () => {
    const peer = await peerOf(`console.log(JSON.stringify({ failure: "no such kernel" }));`);
    expect(await runPeerProcess(peer, job)).toEqual({ versions: {}, failure: "no such kernel" });
  });

  it("finds a reason where the peer gives none", async () => {
    const { failure } = await runPeerProcess(await peerOf(`throw new Error("it fell over")`), job);
    expect(failure).toMatch(/exit code 1: .*it fell over/);
  });

  it("says so when the program is not there", async () => {
    const peer = { command: join(await temporaryFolder(), "python3"), args: [], seconds: 60 };
    expect((await runPeerProcess(peer, job)).failure).toMatch(/ENOENT/);
  });

  it("kills one that takes too long", async () => {
    const { failure } = await runPeerProcess(await peerOf("setInterval(() => {}, 1000)", 1), job);
    expect(failure).toMatch(/killed; it has 1 s/);
  });
});

describe("writePeerInputs", () => {
  it("writes every tensor where spec.json says, and keeps the facts", async () => {
    const folder = await temporaryFolder();
    await mkdir(folder, { recursive: true });
    const network = { inputShape: [2, 3, 1], features: 4, layers: [] };
    const given = [{ shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }];
    await writePeerInputs(
      folder,
      { images: 1, networks: [{ name: "small", network, weights: given }] },
      { cpus: 7 },
    );
    const spec = JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as {
      cpus: number;
      tensors: Record<string, { offset: number; shape: number[] }>;
      networks: object;
    };
    const bytes = await readFile(join(folder, "data.bin"));
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const sizes = Object.values(spec.tensors).map(({ shape }) => shape.reduce((a, b) => a * b));
    expect(spec.cpus).toBe(7);
    expect(values.length).toBe(sizes.reduce((a, b) => a + b));
    // VGG16's base has 14,714,688 weights, the head 8192·256 + 256 + 256 + 1.
    const weights = Object.keys(spec.tensors).filter((name) => /^[^/]+\/(kernel|bias)$/.test(name));
    const counted = weights.map((name) => sizes[Object.keys(spec.tensors).indexOf(name)]);
    expect(counted.reduce((a, b) => a + b)).toBe(14_714_688 + 8192 * 256 + 513);
    expect(spec.networks).toEqual({ small: network });
    const at = spec.tensors["small/0"].offset;
    expect([...values.subarray(at, at + 4)]).toEqual([1, 2, 3, 4]);
    expect(spec.tensors["small/images"].shape).toEqual([4, 2, 3, 1]);
    expect(spec.tensors["small/unit/kernel"].shape).toEqual([4, 1]);
    const { offset } = spec.tensors.labels;
    expect([...values.subarray(offset, offset + 4)]).toEqual([0, 1, 0, 1]);
    const first = spec.tensors["block1_conv1/kernel"];
    const limit = Math.sqrt(6 / 27);
    const kernel = values.subarray(first.offset, first.offset + 1728);
    expect(Math.max(...kernel)).toBeGreaterThan(0.95 * limit);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(limit);
  });
});
