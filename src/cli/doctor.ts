/** `wgraft doctor`: which GPU there is, what it can do, and whether it computes what it should. */
import { cpus, release, totalmem } from "node:os";
import type { Device } from "../kernels/gpu/device.js";
import { adapterName, findAdapter, usedFeatures } from "../kernels/gpu/adapter.js";
import { createDevice } from "../kernels/gpu/device.js";
import { togglesFor } from "../kernels/gpu/precision.js";
import { WgraftError } from "../errors.js";
import { Dense } from "../models/layers/core/dense.js";
import { mulberry32 } from "../models/random.js";
import { Sequential } from "../models/sequential.js";
import { tensor } from "../tensor.js";
import { version } from "../version.js";
import { ExitCode } from "./exitCodes.js";
import type { Output } from "./output.js";
import type { CommandContext, GlobalOptions } from "./run.js";
import { lookForVulkan } from "./vulkan.js";

/** The limits that decide how large a batch may be and which kernels run. */
const shownLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const;

export async function doctor({ out }: CommandContext, options: GlobalOptions): Promise<ExitCode> {
  const host = describeHost();
  let adapter: Awaited<ReturnType<typeof describeAdapter>>;
  try {
    adapter = await describeAdapter(options);
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "no-adapter") throw error;
    // Where there are adapters of other names, drivers are not what is wrong.
    const hasAdapters = Array.isArray(error.expected) && error.expected.length > 0;
    const findings = hasAdapters ? [] : await lookForVulkan();
    printSection(out, "host", host);
    out.result();
    out.result(error.message);
    for (const finding of findings) out.result(`- ${finding}`);
    out.finish({ ok: false, host, adapter: null, error: error.message, findings });
    return ExitCode.noAdapter;
  }
  const selfTest = await testDevice(options);
  const ok = selfTest.error <= selfTest.tolerance;
  printSection(out, "host", host);
  const { limits, ...facts } = adapter;
  printSection(out, "adapter", facts);
  printSection(out, "limits", limits);
  const verdict = ok ? "passed" : "FAILED";
  const { error, tolerance, milliseconds } = selfTest;
  out.result();
  out.result(
    `self-test ${verdict}: a ${selfTest.shape} product differs from the host's by ${error.toExponential(1)} ` +
      `(at most ${tolerance.toExponential(1)} is expected), ${milliseconds.toFixed(0)} ms with compilation`,
  );
  out.finish({ ok, host, adapter, selfTest });
  return ok ? ExitCode.done : ExitCode.failed;
}

type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

function describeHost() {
  return {
    node: process.version,
    webgpu: version("webgpu"),
    platform: `${process.platform} ${process.arch}, ${release()}`,
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

async function describeAdapter(options: GlobalOptions) {
  const toggles = togglesFor(options.precision ?? "float32", options.toggles ?? []);
  const { adapter, info } = await findAdapter({ ...options, toggles });
  const { limits } = adapter;
  return {
    name: adapterName(info),
    vendor: info.vendor,
    architecture: info.architecture,
    driver: info.description,
    software: info.software,
    toggles,
    usedFeatures: usedFeatures(adapter) as string[],
    features: [...adapter.features].sort(),
    subgroupSizes: `${info.subgroupMinSize} to ${info.subgroupMaxSize}`,
    subgroupMatrixConfigs: info.subgroupMatrixConfigs.map(
      (c) => `${c.M}×${c.N}×${c.K} ${c.componentType} → ${c.resultComponentType}`,
    ),
    limits: Object.fromEntries(shownLimits.map((name) => [name, limits[name]])),
  };
}

/** Odd sizes, so that the tiles' edges are tried too. */
const [rows, inner, columns] = [37, 129, 65];

/** Multiplies two matrices on the GPU and on the host, and returns the largest difference. */
async function testDevice(options: GlobalOptions) {
  const start = performance.now();
  const { adapter, toggles, precision, memoryBudget } = options;
  const device = await createDevice({ adapter, toggles, precision, memoryBudget });
  try {
    const error = await productError(device);
    // Each product sums `inner` terms below 1 in float32. In float16, one factor of each is rounded, and so is the sum.
    const tolerance = inner * (device.precision === "float16" ? 2 ** -10 : 2 ** -23);
    const milliseconds = performance.now() - start;
    return { shape: `${rows}×${inner} by ${inner}×${columns}`, error, tolerance, milliseconds };
  } finally {
    device.destroy();
  }
}

async function productError(device: Device): Promise<number> {
  const random = mulberry32(1);
  const values = (n: number) => Float32Array.from({ length: n }, () => 2 * random() - 1);
  const [a, b] = [values(rows * inner), values(inner * columns)];
  const dense = new Dense({ units: columns, useBias: false, inputDim: inner });
  const model = new Sequential([dense], { device });
  await dense.setWeights([tensor(b, [inner, columns])]);
  const product = await (await model.predict(tensor(a, [rows, inner]), { batchSize: rows })).data();
  let worst = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
      worst = Math.max(worst, Math.abs(sum - product[i * columns + j]));
    }
  }
  return worst;
}

function printSection(out: Output, title: string, facts: Facts): void {
  out.result(title);
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  for (const [name, value] of Object.entries(facts)) {
    const text = Array.isArray(value)
      ? value.join(", ") || "none"
      : value.toLocaleString("en-US") || "unknown";
    out.result(`  ${name.padEnd(width)}  ${text}`);
  }
}
