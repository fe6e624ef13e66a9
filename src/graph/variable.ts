/** State that outlives a step: weights, optimizer slots, counters. */
import { shapeError, WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import { allocate, arrayOf, byteLengthOf, formatSpec, sizeOf } from "../tensor.js";
import type { HostType, Shape, TensorData, TensorSpec } from "../tensor.js";

/** Where a variable's first values come from: called once, when they are first needed. */
export type Initial = () => TensorData;

/** A buffer that holds what was made of a variable. */
export interface VariableForm {
  readonly buffer: GPUBuffer;
  /** Of the variable, when it was made; undefined before. */
  version: number | undefined;
}

/**
 * Lives on the host until a program first binds it, then on that device; the host copy is dropped, so that weights are
 * held once.
 */
export class Variable implements TensorSpec {
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

  /** Whether `device` holds the values. @throws WgraftError `shape` where another device does */
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
   * of them before any is used: on a device that has none yet, the others are zero.
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

  /** The variable in another form (`LowerContext.derive`), if a program has made the buffer for that. */
  form(name: string): VariableForm | undefined {
    return this.forms.get(name);
  }

  /** Keeps a new buffer for another form, until the variable is released. */
  addForm(name: string, buffer: GPUBuffer): void {
    this.forms.set(name, { buffer, version: undefined });
  }

  /** Frees the device's copy; the values are gone. For state that nobody will read again (optimizer slots). */
  release(): void {
    for (const { buffer } of this.forms.values()) buffer.destroy();
    this.forms.clear();
    this.resident?.buffer.destroy();
    this.resident = undefined;
  }

  private takeHost(): TensorData {
    const values = this.host ?? this.initial?.() ?? allocate(this.dtype, sizeOf(this.shape));
    this.host = undefined;
    return values;
  }
}
