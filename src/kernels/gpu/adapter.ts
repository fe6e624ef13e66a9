/** Finding a GPU: the adapter, what it is called, what it can do. */
import { create, globals } from "webgpu";
import { messageOf, WgraftError } from "../../errors.js";
import type { FloatType } from "../../tensor.js";
import { callback, check, either, flag, having, listOf, oneOf, text } from "../../options/checks.js";
import { optional, optionsOf } from "../../options/fields.js";
import type { DeviceCaps, SubgroupMatrix } from "../op.js";
import { expectToggles } from "./toggles.js";
import type { TuningStore } from "./tuning.js";

/** Options of `createDevice`. */
export interface DeviceOptions {
  /** Part of an adapter's name, to choose among several ("NVIDIA", "llvmpipe"). Default: the one Dawn prefers. */
  adapter?: string;
  /** Dawn toggles to switch on, by name. They are named in every report. Default: none. */
  toggles?: readonly string[];
  /**
   * Run kernels without the checks that WebGPU demands: of indices, of uninitialized workgroup memory, of divisions by zero. GPUs
   * are faster for it; but where a kernel has a fault, it may read or overwrite other memory of the process. Only for models and data that
   * you trust. The toggles that this stands for are in every report. Default: false.
   */
  fast?: boolean;
  /**
   * What activations and their gradients are stored as. Weights, the optimizer's slots, sums and losses are float32
   * either way, as in Keras's policy mixed_float16; with float16, `compile` scales the loss dynamically unless
   * `lossScale` says otherwise, and the toggle `vulkan_enable_f16_on_nvidia` is switched on. Default "float32".
   */
  precision?: FloatType;
  /**
   * Bytes of GPU memory that one program may take: its weights, inputs and intermediates. A training that needs more
   * computes activations again in its backward pass; what does not fit even so is refused. Default: four fifths of the
   * machine's memory on a CPU adapter; none on a GPU, since WebGPU does not report its memory.
   */
  memoryBudget?: number;
  /**
   * Use the ways to compute a convolution or a matrix product that were measured to be the fastest for its shape, and measure
   * next to long jobs, for at most a tenth of their time. What is measured serves the next job. `true` keeps it as long as the
   * device; `tuningCache()` keeps it on disk.
   *
   * Default: false, since the ways differ in how they round. Without it a program computes the same bits in every run on
   * an adapter.
   */
  autotune?: boolean | TuningStore;
  /** Gets what was decided on the way and is good to know, a line each. Default: a warning of the process. */
  onNote?: (note: string) => void;
}

export const deviceTable = optionsOf<DeviceOptions>("createDevice").fields({
  adapter: optional(text),
  toggles: optional(listOf(text, "a list of names of Dawn's toggles"), []),
  fast: optional(flag, false),
  precision: optional(oneOf<FloatType>(["float32", "float16"]), "float32"),
  memoryBudget: optional(
    check<number>("a number of bytes above 0", (value) => typeof value === "number" && value > 0),
  ),
  autotune: optional(
    either(flag, having<TuningStore>("a store such as tuningCache()", "load", "add")),
    false,
  ),
  onNote: optional(callback),
});

export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Driver name and version. */
  readonly description: string;
  /** A CPU that implements the GPU's interface (lavapipe, SwiftShader). */
  readonly software: boolean;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** None where the adapter lacks them, or without Dawn's toggle `allow_unsafe_apis`. */
  readonly subgroupMatrixConfigs: readonly SubgroupMatrixConfig[];
}

/** A product [M, K] · [K, N] that a subgroup computes at once (tensor cores), as Dawn reports it. */
export interface SubgroupMatrixConfig {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Of the factors: "f16", "f32", "u8", … */
  readonly componentType: string;
  /** Of what is added up. */
  readonly resultComponentType: string;
}

/** An adapter together with the instance that must outlive everything made from it. */
export interface FoundAdapter {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly info: AdapterInfo;
}

/** What to do where there is no adapter, in the words that `wgraft doctor` prints. */
export const noAdapterAdvice =
  "install your GPU's Vulkan driver, or Mesa's software one, version 25 or newer " +
  "(Debian 12: mesa-vulkan-drivers from bookworm-backports; newer Debian and Ubuntu: apt install mesa-vulkan-drivers)";

/**
 * Asks Dawn for an adapter.
 * @throws WgraftError `no-adapter` where there is none, or none whose name contains `options.adapter`; `usage` for a toggle that Dawn
 *   does not have.
 */
export async function findAdapter(options: DeviceOptions = {}): Promise<FoundAdapter> {
  Object.assign(globalThis, globals);
  const toggles = [...(options.toggles ?? [])];
  expectToggles(toggles);
  const flags: string[] = [];
  if (toggles.length > 0) flags.push(`enable-dawn-features=${toggles.join(",")}`);
  if (options.adapter) flags.push(`adapter=${options.adapter}`);
  const gpu = create(flags);
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (cause) {
    throw noAdapter(options, cause);
  }
  if (!adapter) throw noAdapter(options);
  return { gpu, adapter, info: describe(adapter) };
}

function noAdapter(options: DeviceOptions, cause?: unknown): WgraftError {
  const known = options.adapter ? adaptersIn(messageOf(cause)) : [];
  const which = options.adapter
    ? `no GPU adapter whose name contains "${options.adapter}"`
    : "no usable GPU adapter";
  const advice = known.length > 0 ? `there is ${known.join(", ")}` : noAdapterAdvice;
  return new WgraftError("no-adapter", `${which}: ${advice}`, {
    op: "requestAdapter",
    ...(options.adapter && { option: "adapter", expected: known, got: options.adapter }),
    cause,
  });
}

/** The names that Dawn lists where it finds none of the name that was asked for. */
function adaptersIn(message: string): string[] {
  return [...message.matchAll(/ name: '(.*)'$/gm)].map(([, name]) => name);
}

function describe(adapter: GPUAdapter): AdapterInfo {
  // The configurations are an addition of Dawn's that @webgpu/types does not have.
  const info = adapter.info as GPUAdapterInfo & { subgroupMatrixConfigs?: Iterable<SubgroupMatrixConfig> };
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: /software|swiftshader|llvmpipe/i.test(
      `${info.architecture} ${info.device} ${info.description}`,
    ),
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
    subgroupMatrixConfigs: [...(info.subgroupMatrixConfigs ?? [])].map(
      ({ M, N, K, componentType, resultComponentType }) => ({
        M,
        N,
        K,
        componentType,
        resultComponentType,
      }),
    ),
  };
}

/** One line for people: "NVIDIA H100, NVIDIA: 550.54", "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)". */
export function adapterName(info: AdapterInfo): string {
  const device = info.device || info.architecture || info.vendor;
  // A software adapter's device is its driver once more, in other letters.
  return (info.software && info.description) || [device, info.description].filter(Boolean).join(", ");
}

/** Features that the engine uses where they exist. */
const wantedFeatures = [
  "shader-f16",
  "subgroups",
  "subgroup-size-control",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
];

export function usedFeatures(adapter: GPUAdapter): GPUFeatureName[] {
  return wantedFeatures.filter((f) => adapter.features.has(f)) as GPUFeatureName[];
}

/** The limits that capabilities are made of. */
export type CapsLimits = Pick<
  GPUSupportedLimits,
  | "maxStorageBufferBindingSize"
  | "maxComputeWorkgroupStorageSize"
  | "maxComputeInvocationsPerWorkgroup"
  | "maxComputeWorkgroupsPerDimension"
  | "maxStorageBuffersPerShaderStage"
>;

/**
 * Workgroups that keep an adapter busy, whose size WebGPU does not report: a few for each of a CPU's cores, or of the 60 to 170 compute
 * units of a large GPU.
 */
const [CPU_WORKGROUPS, GPU_WORKGROUPS] = [8, 512];

export function capsOf(info: AdapterInfo, features: ReadonlySet<string>, limits: CapsLimits): DeviceCaps {
  const sized = features.has("subgroups") && features.has("subgroup-size-control");
  const matrices = sized && features.has("chromium-experimental-subgroup-matrix");
  return {
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    subgroupSize: sized ? subgroupSizeOf(info) : 0,
    f16: features.has("shader-f16"),
    busyWorkgroups: info.software ? CPU_WORKGROUPS : GPU_WORKGROUPS,
    software: info.software,
    subgroupMatrices: matrices ? subgroupMatricesOf(info, features) : [],
  };
}

/**
 * Adapters with one size have that. Of a range, 16 or what comes next: Intel's 8 to 32 are fastest at 16, and its smallest may
 * not exist on Direct3D, where Dawn reports 8 for all; RDNA's 32 and Adreno's 64 are their units' own.
 */
function subgroupSizeOf({ subgroupMinSize, subgroupMaxSize }: AdapterInfo): number {
  return Math.min(subgroupMaxSize, Math.max(subgroupMinSize, 16));
}

/** The largest k of a product, by the factors' type: that of the panels. */
const mostSteps = { float16: 32, float32: 16 } as const;

const componentTypes = { float16: "f16", float32: "f32" } as const;

/**
 * For each type of factors the largest product that adds up in float32 and that tiles can be made of. Those that add up in
 * float16 are left alone: thousands of products are added up here. Computed by the smallest subgroups of a range, which is
 * what Intel's and AMD's matrix units are made for.
 */
function subgroupMatricesOf(
  { subgroupMinSize, subgroupMatrixConfigs }: AdapterInfo,
  features: ReadonlySet<string>,
): SubgroupMatrix[] {
  const types = features.has("shader-f16") ? (["float16", "float32"] as const) : (["float32"] as const);
  return types.flatMap((factors) => {
    const [best] = subgroupMatrixConfigs
      .filter((c) => c.componentType === componentTypes[factors] && c.resultComponentType === "f32")
      .filter(({ M, N }) => [M, N].every((size) => [8, 16].includes(size)))
      .filter(({ K }) => [8, 16, 32].includes(K) && K <= mostSteps[factors])
      .sort((a, b) => b.M * b.N * b.K - a.M * a.N * a.K);
    return best ? [{ m: best.M, n: best.N, k: best.K, factors, lanes: subgroupMinSize }] : [];
  });
}
