/** The GPU device: buffers, errors, loss. The only holder of the objects whose lifetime matters. */
import { WgraftError } from "../../errors.js";
import { checkOptions } from "../../options/checkOptions.js";
import { wholeWords, type FloatType } from "../../tensor.js";
import { version } from "../../version.js";
import {
  adapterName,
  capsOf,
  deviceTable,
  findAdapter,
  usedFeatures,
  type AdapterInfo,
  type DeviceOptions,
} from "./adapter.js";
import { defaultMemoryBudget } from "./memoryBudget.js";
import type { DeviceCaps } from "../op.js";
import { KernelChoices } from "./choices.js";
import { knownChoices } from "./ledger.js";
import { PipelineCache } from "./pipeline.js";
import { expectPrecision } from "./precision.js";
import { togglesFor } from "./toggles.js";
import { platformKey, Tuning } from "./tuning.js";
import { turns } from "./turns.js";
import { settle } from "./wait.js";

/**
 * Opens a GPU device with the adapter's own limits and the features that the engine can use.
 * @throws WgraftError `no-adapter` where no adapter is usable, `not-supported` where it has no float16 that was asked for,
 *   `usage` for an option that is unknown or not what it should be.
 * @example
 * const device = await createDevice();
 * console.log(device.name);
 * const model = new Sequential([new Dense({ units: 1, inputDim: 4 })], { device });
 * device.destroy();
 */
export async function createDevice(asked?: DeviceOptions): Promise<Device> {
  const checked = checkOptions(deviceTable, asked);
  const { precision, fast } = checked;
  const options = { ...checked, toggles: togglesFor(precision, checked.toggles, fast) };
  const { gpu, adapter, info } = await findAdapter(options);
  expectPrecision(precision, info, adapter.features);
  const limits = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: usedFeatures(adapter),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
  return new Device(gpu, device, info, options, await openTuning(info, options));
}

async function openTuning(
  info: AdapterInfo,
  { autotune = false, toggles = [] }: DeviceOptions,
): Promise<Tuning | undefined> {
  if (autotune === false) return undefined;
  const platform = platformKey(info, toggles, { wgraft: version("wgraft"), webgpu: version("webgpu") });
  return Tuning.open(platform, autotune === true ? undefined : autotune);
}

/**
 * An open GPU device. Make one with `createDevice`; `destroy()` frees everything that lives on it.
 * @example
 * const device = await createDevice({ precision: "float32" });
 * console.log(device.name, device.caps.maxStorageBufferBindingSize);
 * device.destroy();
 */
export class Device {
  readonly caps: DeviceCaps;
  /** Which variants of kernels programs launch. */
  readonly choices: KernelChoices;
  readonly pipelines: PipelineCache;
  /** Resolves, with the error to throw, when the device is lost other than by `destroy()`. */
  readonly lost: Promise<WgraftError>;
  /** Dawn toggles that are switched on. */
  readonly toggles: readonly string[];
  /** What activations are stored as: see `DeviceOptions.precision`. */
  readonly precision: FloatType;
  /** Bytes that one program may take: see `DeviceOptions.memoryBudget`. */
  readonly memoryBudget: number;
  /** Runs a task when those given before it have ended. */
  readonly inTurn = turns();
  private readonly onNote: (note: string) => void;
  private failure: WgraftError | undefined;
  private destroyed = false;

  constructor(
    /** Held because V8 would otherwise collect the instance, and with it the process (dawn.node). */
    readonly instance: GPU,
    readonly gpu: GPUDevice,
    readonly info: AdapterInfo,
    { toggles = [], precision = "float32", memoryBudget = defaultMemoryBudget(info), onNote }: DeviceOptions,
    /** What is measured; undefined where heuristics choose among kernels. */
    readonly tuning: Tuning | undefined,
  ) {
    this.toggles = toggles;
    this.precision = precision;
    this.memoryBudget = memoryBudget;
    this.onNote = onNote ?? ((note) => process.emitWarning(note));
    const caps = capsOf(info, gpu.features, gpu.limits);
    this.choices = tuning ? new KernelChoices(tuning.choices, knownChoices(info)) : new KernelChoices();
    this.caps = { ...caps, choices: this.choices };
    this.pipelines = new PipelineCache(gpu);
    this.lost = gpu.lost.then((lost) => {
      const error = new WgraftError("device-lost", `the GPU device was lost: ${lost.message || lost.reason}`);
      if (!this.destroyed) this.failure ??= error;
      return error;
    });
    gpu.onuncapturederror = ({ error }) => {
      this.failure ??= asGpuError(error);
    };
  }

  /** The adapter's name, for people. */
  get name(): string {
    return adapterName(this.info);
  }

  /** Throws what went wrong on the device since it was opened, if anything did. */
  check(): void {
    if (this.destroyed) throw new WgraftError("device-lost", "the GPU device was destroyed");
    if (this.failure) throw this.failure;
  }

  /** Reports a decision that a user should know of: see `DeviceOptions.onNote`. */
  note(text: string): void {
    this.onNote(text);
  }

  /**
   * Runs `make`, which creates GPU objects, and throws the error that the device reports for it.
   * @throws WgraftError `out-of-memory` or `internal`.
   */
  async guarded<T>(what: string, make: () => T | Promise<T>): Promise<T> {
    this.check();
    this.gpu.pushErrorScope("validation");
    this.gpu.pushErrorScope("out-of-memory");
    let made: T;
    try {
      made = await make();
    } finally {
      const [memory, validation] = [this.gpu.popErrorScope(), this.gpu.popErrorScope()];
      const error = (await settle(memory)) ?? (await settle(validation));
      if (error) throw asGpuError(error, what);
    }
    return made;
  }

  /** A storage buffer of at least `bytes` bytes, rounded up to whole 32-bit words. */
  storageBuffer(bytes: number, label: string): GPUBuffer {
    const size = wholeWords(bytes);
    if (size > this.gpu.limits.maxBufferSize) {
      throw new WgraftError(
        "out-of-memory",
        `${label}: ${size} bytes exceed this adapter's largest buffer (${this.gpu.limits.maxBufferSize})`,
        { op: label, expected: this.gpu.limits.maxBufferSize, got: size },
      );
    }
    return this.gpu.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  /** A uniform buffer with constant contents, `words`. */
  uniformBuffer(words: Uint32Array, label: string): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = this.gpu.createBuffer({ label, size: words.byteLength, usage });
    this.write(buffer, words);
    return buffer;
  }

  /**
   * Copies host values into a buffer. The values may be changed as soon as this returns.
   * @param offset of the first byte in the buffer, a multiple of 4
   */
  write(buffer: GPUBuffer, data: Uint8Array | Uint32Array | Float32Array, offset = 0): void {
    const whole = data.byteLength - (data.byteLength % 4);
    this.gpu.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, whole);
    if (whole === data.byteLength) return;
    // writeBuffer takes whole words only: pad the last one.
    const tail = new Uint8Array(4);
    tail.set(new Uint8Array(data.buffer, data.byteOffset + whole, data.byteLength - whole));
    this.gpu.queue.writeBuffer(buffer, offset + whole, tail);
  }

  /** Reads bytes of a buffer back, from `offset` (whole words) on, after all work submitted so far. */
  async read(buffer: GPUBuffer, byteLength: number, offset = 0): Promise<ArrayBuffer> {
    const encoder = this.gpu.createCommandEncoder();
    const staging = this.stage(encoder, buffer, byteLength, offset);
    this.gpu.queue.submit([encoder.finish()]);
    return this.take(staging, byteLength);
  }

  /** Encodes the copy of bytes of a buffer to a new staging buffer, for `take` after the submission. */
  stage(encoder: GPUCommandEncoder, buffer: GPUBuffer, byteLength: number, offset = 0): GPUBuffer {
    const size = wholeWords(byteLength);
    const staging = this.gpu.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, size);
    return staging;
  }

  /** Maps a staging buffer, copies its bytes out and destroys it. */
  async take(staging: GPUBuffer, byteLength: number): Promise<ArrayBuffer> {
    try {
      await settle(staging.mapAsync(GPUMapMode.READ));
      return staging.getMappedRange().slice(0, byteLength);
    } catch (cause) {
      await Promise.resolve();
      this.check();
      throw new WgraftError("device-lost", "reading back from the GPU failed", { cause });
    } finally {
      staging.destroy();
    }
  }

  /** Resolves when everything submitted so far has run. */
  async idle(): Promise<void> {
    await settle(this.gpu.queue.onSubmittedWorkDone());
    this.check();
  }

  /** Frees the device and everything on it; the process can exit afterwards. Safe to call twice. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.gpu.destroy();
  }
}

function asGpuError(error: GPUError, what?: string): WgraftError {
  const where = what ? `${what}: ` : "";
  if (error instanceof GPUOutOfMemoryError) {
    return new WgraftError("out-of-memory", `${where}the GPU is out of memory; try a smaller \`batchSize\``, {
      option: "batchSize",
      cause: error.message,
    });
  }
  return new WgraftError("internal", `${where}${error.message}`, { cause: error.message });
}
