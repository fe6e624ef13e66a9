/** State that outlives a step: weights, optimizer slots, counters. */
import { shapeError, WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import { allocate, arrayOf, byteLengthOf, formatSpec, sizeOf } from "../tensor.js";
import type { HostType, Shape, TensorData, TensorSpec } from "../tensor.js";

/** Where a variable's first values come from: called once, when they are first needed. */
export type Initial = () => TensorData;

/** Bytes of a part of `readParts`: a multiple of every element's. */
const PART_BYTES = 2 ** 24;

/** A buffer with what was made of variables that a program leaves as they are. */
export class VariableForm {
  private versions: readonly number[] | undefined;

  constructor(
    readonly sources: readonly Variable[],
    readonly buffer: GPUBuffer,
  ) {}

  /** Whether it is made of the present values. */
  get isCurrent(): boolean {
    return this.versions?.every((version, i) => version === this.sources[i].version) ?? false;
  }

  /** To be called by whoever makes it of the present values. */
  made(): void {
    this.versions = this.sources.map(({ version }) => version);
  }
}

let variables = 0;

/**
 * Lives on the host until a program first binds it, then on that device; the host copy is dropped, so that weights are
 * held once.
 * @example
 * const steps = new Variable("steps", [2], () => Float32Array.of(1, 2));
 * console.log(await steps.read()); // Float32Array(2) [ 1, 2 ]
 */
export class Variable implements TensorSpec {
  /** Of no other variable of the process. */
  readonly id = variables++;
  readonly shape: Shape;
  /** The device that it will live on, where that is known before a program binds it. */
  home: Device | undefined;
  private host: TensorData | undefined;
  private resident: { device: Device; buffer: GPUBuffer } | undefined;
  private readonly forms = new Map<string, VariableForm>();
  private changes = 0;

  constructor(
    readonly name: string,
    shape: Shape,
    private readonly initial: Initial | undefined = undefined,
    readonly dtype: HostType = "float32",
  ) {
    this.shape = Object.freeze([...shape]);
  }

  get byteLength(): number {
    return byteLengthOf(this);
  }

  /** Whether the values are on `device`. @throws WgraftError `shape` if they are on another device */
  isOn(device: Device): boolean {
    if (!this.resident || this.resident.device === device) return this.resident !== undefined;
    throw shapeError(`variable ${this.name}`, "the device it was first used on", "another device");
  }

  /** The buffer on `device`, made and filled at the first call. */
  bufferOn(device: Device): GPUBuffer {
    if (!this.isOn(device)) this.moveTo(device, device.storageBuffer(this.byteLength, this.name));
    return this.resident!.buffer;
  }

  /** Puts the values into a new, zeroed buffer of their size on `device`, which is the variable's from now on. */
  moveTo(device: Device, buffer: GPUBuffer): void {
    if (this.isOn(device))
      throw new WgraftError("internal", `variable ${this.name} is on the device already`);
    this.resident = { device, buffer };
    // A new buffer is zeroed already, so a variable that begins at zero is never uploaded.
    if (this.host ?? this.initial) device.write(buffer, this.takeHost());
  }

  /** The present values, read back from the device where they live there. */
  async read(): Promise<TensorData> {
    if (!this.resident) return (this.host = this.takeHost()).slice();
    const bytes = await this.resident.device.read(this.resident.buffer, this.byteLength);
    return arrayOf(this.dtype, bytes);
  }

  /** The present values in parts, in order, so that the host needs no copy of all. To be read only, until the next part. */
  async *readParts(): AsyncGenerator<TensorData, void> {
    if (!this.resident) {
      yield (this.host = this.takeHost());
      return;
    }
    const { device, buffer } = this.resident;
    for (let at = 0; at < this.byteLength; at += PART_BYTES) {
      const bytes = await device.read(buffer, Math.min(PART_BYTES, this.byteLength - at), at);
      yield arrayOf(this.dtype, bytes);
    }
  }

  /**
   * Replaces the values; takes effect before the next program run. `values` may be reused when this returns. With a home
   * they go there at once, and the host keeps nothing.
   */
  write(values: TensorData): void {
    if (values.length !== sizeOf(this.shape)) {
      throw shapeError(`variable ${this.name}`, formatSpec(this), `${values.length} values`);
    }
    this.host = undefined;
    this.writeFrom(0, values);
  }

  /**
   * Replaces some of the values: those from number `start` on. `values` may be reused when this returns. To be called for all
   * of them before any is used: on a device that has none yet, the rest are zero.
   */
  writeFrom(start: number, values: TensorData): void {
    if (start < 0 || start + values.length > sizeOf(this.shape)) {
      throw shapeError(`variable ${this.name}`, formatSpec(this), `${values.length} values from ${start} on`);
    }
    this.changed();
    const device = this.resident?.device ?? this.home;
    if (!device) {
      this.host ??= allocate(this.dtype, sizeOf(this.shape));
      this.host.set(values, start);
      return;
    }
    this.host = undefined;
    this.resident ??= { device, buffer: device.storageBuffer(this.byteLength, this.name) };
    device.write(this.resident.buffer, values, start * values.BYTES_PER_ELEMENT);
  }

  /** Counts the changes of the values: two equal counts mean the same values. */
  get version(): number {
    return this.changes;
  }

  /** To be called by whoever makes the device write the buffer. */
  changed(): void {
    this.changes++;
  }

  /** What programs cache that is derived from this variable, alone or with further ones, by a name that says how. */
  form(name: string): VariableForm | undefined {
    return this.forms.get(name);
  }

  /** Keeps a new buffer for a form of some variables, until one of them is released. */
  static addForm(name: string, sources: readonly Variable[], buffer: GPUBuffer): void {
    const form = new VariableForm(sources, buffer);
    for (const { forms } of sources) forms.set(name, form);
  }

  /** Frees the device's copy; the values are gone. For state that nobody will read again (optimizer slots). */
  release(): void {
    for (const [name, { buffer, sources }] of [...this.forms]) {
      buffer.destroy();
      for (const { forms } of sources) forms.delete(name);
    }
    this.resident?.buffer.destroy();
    this.resident = undefined;
  }

  private takeHost(): TensorData {
    const values = this.host ?? this.initial?.() ?? allocate(this.dtype, sizeOf(this.shape));
    this.host = undefined;
    return values;
  }
}
