/**
 * RUN/checkpoint/state.h5: all that a training needs to go on as if it had not been stopped. It is one file, replaced
 * whole, so its parts always belong together: weights, the optimizer's slots, the epochs so far.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { WgraftError } from "../errors.js";
import type { Variable } from "../graph/variable.js";
import { replaceAtomically } from "../io/atomic.js";
import { withHdf5 } from "../io/hdf5Reader.js";
import { createHdf5 } from "../io/hdf5Writer.js";
import { writing } from "../io/writing.js";
import type { Device } from "../kernels/device.js";
import type { Model } from "../models/model.js";
import { formatShape, sameShape } from "../tensor.js";
import { baseSchema, settingsSchema } from "./runFolder.js";

const stateSchema = z.object({
  /** Epochs that are finished. */
  epochs: z.number().int().min(0),
  /** Those that were asked for. */
  wantedEpochs: z.number().int().min(1),
  iterations: z.number().int().min(0),
  history: z.record(z.string(), z.array(z.number().nullable())),
  settings: settingsSchema,
  base: baseSchema,
  /** The model's configuration in Keras's notation, so that it can be built again. */
  architecture: z.unknown(),
  variables: z.array(z.object({ name: z.string(), shape: z.array(z.number()) })),
});
export type CheckpointState = Omit<z.infer<typeof stateSchema>, "variables">;

export interface Checkpoint {
  readonly state: CheckpointState;
  /** Of each of `trainingVariables`. */
  readonly values: readonly Float32Array[];
  readonly variables: readonly { name: string; shape: number[] }[];
}

/** A variable under a name that is its own within the model and the same in every run. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: Variable;
}

/** What a training goes on from: the model's weights and the optimizer's slots. */
export function trainingVariables(model: Model): NamedVariable[] {
  const { optimizer } = model.compilation!;
  const weights = [...new Set(model.leafLayers)].flatMap((layer) =>
    layer.weights.map(({ name, variable }) => ({ name: `${layer.name}/${name}`, variable })),
  );
  const trainable = new Set(model.compilation!.trainable.map(({ variable }) => variable));
  const slots = weights
    .filter(({ variable }) => trainable.has(variable))
    .flatMap(({ name, variable }) =>
      optimizer.state(variable).map((slot) => ({ name: `${name}/${slot.name}`, variable: slot.variable })),
    );
  return [...weights, ...slots];
}

/**
 * The variables as they were at the end of an epoch, in buffers of their own. The copy is queued on the GPU and costs no
 * wait; what an interruption in the midst of the next epoch saves is therefore a state that a resumed run can reach.
 */
export class Snapshot {
  private readonly copies: readonly (NamedVariable & { buffer: GPUBuffer })[];

  constructor(
    private readonly device: Device,
    variables: readonly NamedVariable[],
  ) {
    this.copies = variables.map(({ name, variable }) => ({
      name,
      variable,
      buffer: device.storageBuffer(variable.byteLength, `snapshot of ${name}`),
    }));
  }

  /** Takes the values that the steps submitted so far leave. */
  capture(): void {
    const encoder = this.device.gpu.createCommandEncoder();
    for (const { variable, buffer } of this.copies)
      encoder.copyBufferToBuffer(variable.bufferOn(this.device), 0, buffer, 0, variable.byteLength);
    this.device.gpu.queue.submit([encoder.finish()]);
  }

  /** Writes the captured values with what else there is to know. */
  async save(path: string, state: CheckpointState): Promise<void> {
    const { copies, device } = this;
    const variables = copies.map(({ name, variable }) => ({ name, shape: [...variable.shape] }));
    await writing(path, () => mkdir(dirname(path), { recursive: true }));
    await replaceAtomically(path, (temporaryPath) =>
      createHdf5(temporaryPath, async (writer) => {
        writer.strings("/state", [JSON.stringify({ ...state, variables })]);
        writer.group("/variables");
        for (const [i, { variable, buffer }] of copies.entries()) {
          const values = new Float32Array(await device.read(buffer, variable.byteLength));
          writer.float32(`/variables/${i}`, variable.shape, values);
        }
      }),
    );
  }

  destroy(): void {
    for (const { buffer } of this.copies) buffer.destroy();
  }
}

/** Throws `bad-input` when there is none or it is damaged. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return withHdf5(path, (file) => {
    const bad = (what: string) =>
      new WgraftError("bad-input", `${path}: is not a checkpoint of wgraft: ${what}`);
    const [text] = file.root.dataset("state")?.readStrings() ?? [];
    if (text === undefined) throw bad("it has no state");
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw bad("its state is not JSON");
    }
    const parsed = stateSchema.safeParse(json);
    if (!parsed.success) throw bad(`its ${parsed.error.issues[0].path.join(".")} cannot be read`);
    const { variables, ...state } = parsed.data;
    const values = variables.map(({ name, shape }, i) => {
      const dataset = file.root.dataset(`variables/${i}`);
      if (!dataset || !sameShape(dataset.shape, shape)) throw bad(`the values of ${name} are missing`);
      return dataset.readFloat32();
    });
    return { state, values, variables };
  });
}

/** Puts a compiled model and its optimizer where the checkpoint was taken. Throws `bad-input` for another model's. */
export function restore(model: Model, { state, values, variables }: Checkpoint, path: string): void {
  const targets = trainingVariables(model);
  const describe = (name: string, shape: readonly number[]) => `${name} ${formatShape(shape)}`;
  const wanted = targets.map(({ name, variable }) => describe(name, variable.shape));
  const found = variables.map(({ name, shape }) => describe(name, shape));
  for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
    if (wanted[i] === found[i]) continue;
    throw new WgraftError(
      "bad-input",
      `${path}: belongs to another model: it has ${found[i] ?? "nothing"} where this one has ${wanted[i] ?? "nothing"}`,
    );
  }
  targets.forEach(({ variable }, i) => variable.write(values[i]));
  model.compilation!.optimizer.iterations = state.iterations;
}
