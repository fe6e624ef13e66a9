/** Variables of a training as they were at the end of an epoch, kept on the GPU. */
import type { Variable } from "../../graph/variable.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";

/** A variable under a name that is unique within the model and the same in every run. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: Variable;
}

/** What a training is resumed from: the model's weights, the optimizer's slots, and what else it keeps. */
export function trainingVariables(model: Model): NamedVariable[] {
  const { optimizer } = model.compilation!;
  const slots = trainedWeights(model).flatMap(({ name, variable }) =>
    optimizer.state(variable).map((slot) => ({ name: `${name}/${slot.name}`, variable: slot.variable })),
  );
  return [...allWeights(model), ...slots, ...optimizer.ownState()];
}

/** What differs between the models of two epochs: a frozen base is the same in all of them. */
export function trainedWeights(model: Model): NamedVariable[] {
  const trainable = new Set(model.compilation!.trainable.map(({ variable }) => variable));
  return allWeights(model).filter(({ variable }) => trainable.has(variable));
}

function allWeights(model: Model): NamedVariable[] {
  return [...new Set(model.leafLayers)].flatMap((layer) =>
    layer.weights.map(({ name, variable }) => ({ name: `${layer.name}/${name}`, variable })),
  );
}

/**
 * Copies of variables in separate buffers. A copy is queued on the GPU, behind the steps submitted so far, and costs no
 * wait.
 */
export class Snapshot {
  private readonly copies: readonly (NamedVariable & { buffer: GPUBuffer })[];

  constructor(
    private readonly device: Device,
    readonly variables: readonly NamedVariable[],
  ) {
    this.copies = variables.map(({ name, variable }) => ({
      name,
      variable,
      buffer: device.storageBuffer(variable.byteLength, `snapshot of ${name}`),
    }));
  }

  /** Takes the variables' present values. */
  capture(): void {
    this.copyAll((variable, copy) => [variable, copy]);
  }

  /** Puts the values taken last back into the variables. */
  putBack(): void {
    this.copyAll((variable, copy) => [copy, variable]);
    for (const { variable } of this.copies) variable.changed();
  }

  /** Replaces what was taken. `values` in the order of the variables. */
  write(values: readonly Float32Array[]): void {
    this.copies.forEach(({ buffer }, i) => this.device.write(buffer, values[i]));
  }

  /** What was taken of variable `i`. */
  async read(i: number): Promise<Float32Array> {
    const { buffer, variable } = this.copies[i];
    return new Float32Array(await this.device.read(buffer, variable.byteLength));
  }

  private copyAll(
    direction: (variable: GPUBuffer, copy: GPUBuffer) => [from: GPUBuffer, to: GPUBuffer],
  ): void {
    const encoder = this.device.gpu.createCommandEncoder();
    for (const { variable, buffer } of this.copies) {
      const [from, to] = direction(variable.bufferOn(this.device), buffer);
      encoder.copyBufferToBuffer(from, 0, to, 0, variable.byteLength);
    }
    this.device.gpu.queue.submit([encoder.finish()]);
  }
}
