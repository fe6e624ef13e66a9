import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writePeerInputs } from "../../bench/peerInputs.js";
import { peerJobs } from "../../bench/peerJobs.js";
import { runPeerProcess } from "../../bench/peerProcess.js";
import { figuresOf, largestDifference } from "../../bench/peers.js";
import { temporaryFolder } from "../support/pictures.js";

const result = (...outputs: number[]) => ({ times: [1], outputs });
const jobs = peerJobs(true).slice(1, 3);

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

describe("figuresOf", () => {
  const run = (times: number[], outputs: number[]) => ({
    versions: {},
    results: new Map([["a job", { times, outputs }]]),
    failures: new Map<string, string>(),
  });

  it("takes the ratio of medians, and the difference of outputs", () => {
    const [figure] = figuresOf("other", run([30, 20, 40], [1, 2]), run([10], [1, 1]));
    expect(figure).toEqual({
      ...{ peer: "other", job: "a job", median: 30, min: 20, iqr: 10, runs: 3, ratio: 3, error: 1 },
    });
  });

  it("has neither where ours has no such figure", () => {
    const none = { ...run([1], []), results: new Map() };
    expect(figuresOf("other", run([30], [1]), none)).toMatchObject([{ ratio: null, error: null }]);
  });
});

describe("runPeerProcess", () => {
  it("keeps what a peer prints, and skips the chatter of its library", async () => {
    const peer = await peerOf(`
      console.log("welcome to the library");
      console.log(JSON.stringify({ versions: { library: "1.0" } }));
      for (const { name } of JSON.parse(process.env.WGRAFT_BENCH_JOBS))
        console.log(JSON.stringify({ job: name, times: [3, 4], outputs: [5] }));`);
    const run = await runPeerProcess(peer, jobs);
    expect(run.versions).toEqual({ library: "1.0" });
    expect([...run.results.keys()]).toEqual(jobs.map((j) => j.name));
    expect(run.results.get(jobs[0].name)).toMatchObject({ times: [3, 4], outputs: [5] });
    expect(run.failures.size).toBe(0);
  });

  it("gives a reason for each job that has no result", async () => {
    const peer = await peerOf(`
      console.log(JSON.stringify({ job: ${JSON.stringify(jobs[0].name)}, failure: "no such kernel" }));
      throw new Error("and then it fell over");`);
    const { failures } = await runPeerProcess(peer, jobs);
    expect(failures.get(jobs[0].name)).toBe("no such kernel");
    expect(failures.get(jobs[1].name)).toMatch(/exit code 1: .*and then it fell over/);
  });

  it("says so when the program is not there", async () => {
    const peer = { command: join(await temporaryFolder(), "python3"), args: [], seconds: 60 };
    const { failures } = await runPeerProcess(peer, jobs);
    expect(failures.get(jobs[0].name)).toMatch(/ENOENT/);
  });

  it("kills one that takes too long", async () => {
    const { failures } = await runPeerProcess(await peerOf("setInterval(() => {}, 1000)", 1), jobs);
    expect(failures.get(jobs[0].name)).toMatch(/killed; it has 1 s/);
  });
});

describe("writePeerInputs", () => {
  it("writes every tensor where spec.json says, and keeps the facts", async () => {
    const folder = await temporaryFolder();
    await mkdir(folder, { recursive: true });
    await writePeerInputs(folder, 1, { cpus: 7 });
    const spec = JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as {
      cpus: number;
      tensors: Record<string, { offset: number; shape: number[] }>;
    };
    const bytes = await readFile(join(folder, "data.bin"));
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const sizes = Object.values(spec.tensors).map(({ shape }) => shape.reduce((a, b) => a * b));
    expect(spec.cpus).toBe(7);
    expect(values.length).toBe(sizes.reduce((a, b) => a + b));
    // VGG16's base has 14,714,688 weights, the head 8192·256 + 256 + 256 + 1.
    const weights = Object.keys(spec.tensors).filter((name) => /\/(kernel|bias)$/.test(name));
    const counted = weights.map((name) => sizes[Object.keys(spec.tensors).indexOf(name)]);
    expect(counted.reduce((a, b) => a + b)).toBe(14_714_688 + 8192 * 256 + 513);
    const { offset } = spec.tensors.labels;
    expect([...values.subarray(offset, offset + 4)]).toEqual([0, 1, 0, 1]);
    const first = spec.tensors["block1_conv1/kernel"];
    const limit = Math.sqrt(6 / 27);
    const kernel = values.subarray(first.offset, first.offset + 1728);
    expect(Math.max(...kernel)).toBeGreaterThan(0.95 * limit);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(limit);
  });
});
