/**
 * What the scripts of the JavaScript peers share: they read the same weights and inputs, are timed alike, and print what came of
 * it as a line of JSON.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Awaits a promise of dawn.node without burning a core: dawn.node polls with setImmediate while a promise is pending. The
 * same nap that wgraft takes (src/kernels/wait.ts), so that peers on Dawn have no handicap.
 */
export async function settle(promise) {
  let pending = true;
  const done = () => (pending = false);
  promise.then(done, done);
  for (let turn = 0; pending; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (pending && turn > 50) Atomics.wait(cell, 0, 0, 1);
  }
  return promise;
}

/** Gives the libraries that were written for browsers a `navigator.gpu`, which also keeps Dawn's instance referenced. */
export async function installWebGPU(spec) {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(spec.dawnFlags);
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu, userAgent: "node", hardwareConcurrency: spec.cpus },
    configurable: true,
  });
}

/** NHWC → NCHW. */
export function toChannelsFirst(values, [n, h, w, c]) {
  const out = new Float32Array(values.length);
  for (let i = 0, from = 0; i < n; i++)
    for (let p = 0; p < h * w; p++) for (let k = 0; k < c; k++) out[(i * c + k) * h * w + p] = values[from++];
  return out;
}

/** HWIO → OIHW. */
export function toOutputsFirst(values, [h, w, i, o]) {
  const out = new Float32Array(values.length);
  for (let p = 0, from = 0; p < h * w; p++)
    for (let a = 0; a < i; a++) for (let b = 0; b < o; b++) out[(b * i + a) * h * w + p] = values[from++];
  return out;
}

/** The five blocks of VGG16: of each convolution its name. */
export const blocks = [2, 2, 3, 3, 3].map((depth, i) =>
  Array.from({ length: depth }, (_, j) => `block${i + 1}_conv${j + 1}`),
);

class Spec {
  constructor(folder, json) {
    Object.assign(this, json);
    this.folder = folder;
  }

  /** A tensor of data.bin: { data: Float32Array, shape }. @param rows only the first so many */
  async tensor(name, rows) {
    const { offset, shape } = this.tensors[name];
    const wanted = rows === undefined ? shape : [rows, ...shape.slice(1)];
    const data = new Float32Array(wanted.reduce((a, b) => a * b, 1));
    const file = await open(join(this.folder, "data.bin"));
    try {
      await file.read(new Uint8Array(data.buffer), 0, data.byteLength, 4 * offset);
    } finally {
      await file.close();
    }
    return { data, shape: wanted };
  }
}

/**
 * Runs the job that is asked for.
 *
 * @param makePeer gets the spec; gives { versions, forward(batch), head(dropout), grafted(trains, batch), … }, those that it can do:
 * - forward → a function that runs it once and returns the features, NHWC
 * - head → { step(i): the loss of a step on batch i, epoch(): one pass over all }
 * - grafted → a function that takes one step and returns its loss; `trains` is "head" or "block5"
 * - networkForward(name, batch) → as forward, of a whole network
 * - networkStep(name, trains, batch) → as grafted, of a network with one unit on it; `trains` is "head" or "all"
 */
export async function runPeer(makePeer) {
  const [folder, variant] = process.argv.slice(2);
  const { readFile } = await import("node:fs/promises");
  const spec = new Spec(folder, JSON.parse(await readFile(join(folder, "spec.json"), "utf8")));
  const job = JSON.parse(process.env.WGRAFT_BENCH_JOB);
  const peer = await makePeer(spec, variant);
  await print({ versions: peer.versions });
  try {
    await print(await runJob(peer, job, spec.budget));
  } catch (error) {
    await print({ failure: String(error?.message ?? error).split("\n")[0] });
  }
  // Libraries keep devices and workers open that would keep the process alive.
  process.exit(0);
}

/** Resolves when the line is out: the process ends soon. */
function print(line) {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(line)}\n`, resolve));
}

async function runJob(peer, { kind, batch, trains, network }, budget) {
  const able = {
    first: peer.forward,
    forward: peer.forward,
    head: peer.head,
    step: peer.grafted,
    "network forward": peer.networkForward,
    "network step": peer.networkStep,
  }[kind];
  if (!able) throw new Error("this library cannot do it");
  if (kind === "first") {
    const outputs = await (await peer.forward(1))();
    return { times: [Date.now() - Number(process.env.WGRAFT_BENCH_START)], outputs: Array.from(outputs) };
  }
  if (kind === "forward" || kind === "network forward") {
    const run = await (network ? peer.networkForward(network, batch) : peer.forward(batch));
    let outputs;
    const times = await repeat(async () => (outputs = await run()), budget);
    return { times, outputs: Array.from(outputs) };
  }
  if (kind === "head") {
    const check = await peer.head(0);
    const outputs = [];
    for (let i = 0; i < 3; i++) outputs.push(await check.step(i));
    const { epoch } = await peer.head(0.5);
    return { times: await repeat(epoch, budget), outputs };
  }
  const step = await (network ? peer.networkStep(network, trains, batch) : peer.grafted(trains, batch));
  const losses = [];
  const times = await repeat(async () => losses.push(await step()), budget);
  return { times, outputs: losses.slice(0, 3) };
}

/** One run to warm up, then as many as the budget has room for: bench/repeat.ts. */
async function repeat(run, { wantedRuns, maxRuns, seconds }) {
  const start = performance.now();
  const times = [];
  await run();
  for (;;) {
    const before = performance.now();
    await run();
    times.push(performance.now() - before);
    const elapsed = (performance.now() - start) / 1000;
    const goesOn =
      times.length < wantedRuns ? elapsed < 2 * seconds : times.length < maxRuns && elapsed < seconds;
    if (!goesOn) return times;
  }
}
