/**
 * RUN/checkpoint/state.h5: all that a training needs to continue as if it had not been stopped. It is one file, replaced
 * whole, so its parts always belong together: weights, the optimizer's slots, the epochs so far, the best of them.
 */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { replaceAtomically } from "../../io/atomic.js";
import { withHdf5 } from "../../io/hdf5/reader.js";
import { parseJson } from "../../io/json.js";
import { createHdf5, type Hdf5Writer } from "../../io/hdf5/writer.js";
import type { Model } from "../../models/model.js";
import { formatShape, sameShape } from "../../tensor.js";
import { provenanceSchema } from "../provenance.js";
import { kernelsSchema, settingsSchema } from "./config.js";
import { trainingVariables, type NamedVariable, type Snapshot } from "./snapshot.js";

const variablesSchema = z.array(z.object({ name: z.string(), shape: z.array(z.number()) }));

const stateSchema = z.object({
  /** Epochs that are finished. */
  epochs: z.number().int().min(0),
  /** Those that were asked for. */
  wantedEpochs: z.number().int().min(1),
  iterations: z.number().int().min(0),
  history: z.record(z.string(), z.array(z.number().nullable())),
  /** Of each epoch. Earlier versions did not record them. */
  epochSeconds: z.array(z.number().nullable()).optional(),
  settings: settingsSchema,
  base: provenanceSchema,
  /** Epochs without improvement that end the training; null where none do. */
  earlyStop: z.number().int().min(1).nullable(),
  checkpointBest: z.boolean(),
  /** Epoch (from 0) from which on the best one is looked for; null where nobody wants to know. */
  bestSince: z.number().int().min(0).nullable(),
  /** What the training launched so far. Earlier versions recorded nothing. */
  kernels: kernelsSchema.optional(),
  /** The model's configuration in Keras's notation, so that it can be built again. */
  architecture: z.unknown(),
  variables: variablesSchema,
  /** Weights of the best epoch, as far as training changes them. */
  best: variablesSchema.nullable(),
});
export type CheckpointState = Omit<z.infer<typeof stateSchema>, "variables" | "best">;

/** Values of variables. */
interface SavedVariables {
  readonly variables: readonly { name: string; shape: number[] }[];
  readonly values: readonly Float32Array[];
}

export interface Checkpoint {
  readonly state: CheckpointState;
  /** Of each of `trainingVariables`. */
  readonly last: SavedVariables;
  /** Of each of `trainedWeights`. */
  readonly best?: SavedVariables;
}

/** Writes what the snapshots took, with what else there is to know. The folder must be there. */
export async function writeCheckpoint(
  path: string,
  state: CheckpointState,
  last: Snapshot,
  best: Snapshot | undefined,
): Promise<void> {
  const list = ({ variables }: Snapshot) =>
    variables.map(({ name, variable }) => ({ name, shape: [...variable.shape] }));
  const whole = { ...state, variables: list(last), best: best ? list(best) : null };
  await replaceAtomically(path, (temporaryPath) =>
    createHdf5(temporaryPath, async (writer) => {
      writer.strings("/state", [JSON.stringify(whole)]);
      await writeValues(writer, "/variables", last);
      if (best) await writeValues(writer, "/best", best);
    }),
  );
}

async function writeValues(writer: Hdf5Writer, group: string, snapshot: Snapshot): Promise<void> {
  writer.group(group);
  for (const [i, { variable }] of snapshot.variables.entries())
    writer.float32(`${group}/${i}`, variable.shape, await snapshot.read(i));
}

/** The state in its JSON. Throws `bad-input` that names `path`. */
export function parseState(text: string, path: string): z.infer<typeof stateSchema> {
  const parsed = stateSchema.safeParse(parseJson(text, path, "state"));
  if (parsed.success) return parsed.data;
  throw bad(path, `its ${parsed.error.issues[0].path.join(".") || "state"} cannot be read`);
}

function bad(path: string, what: string): WgraftError {
  return new WgraftError("bad-input", `${path}: is not a checkpoint of wgraft: ${what}`);
}

/** Throws `bad-input` when there is none or it is damaged. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return withHdf5(path, async (file) => {
    const [text] = (await file.root.dataset("state")?.readStrings()) ?? [];
    if (text === undefined) throw bad(path, "it has no state");
    const { variables, best, ...state } = parseState(text, path);
    const read = async (list: typeof variables, group: string): Promise<SavedVariables> => {
      const values: Float32Array[] = [];
      for (const [i, { name, shape }] of list.entries()) {
        const dataset = file.root.dataset(`${group}/${i}`);
        if (!dataset || !sameShape(dataset.shape, shape))
          throw bad(path, `the values of ${name} are missing`);
        values.push(await dataset.readFloat32());
      }
      return { variables: list, values };
    };
    const last = await read(variables, "variables");
    return { state, last, ...(best && { best: await read(best, "best") }) };
  });
}

/** Puts a compiled model and its optimizer where the checkpoint was taken. Throws `bad-input` for another model's. */
export function restore(model: Model, { state, last }: Checkpoint, path: string): void {
  const targets = trainingVariables(model);
  checkVariables(targets, last, path);
  targets.forEach(({ variable }, i) => variable.write(last.values[i]));
  model.compilation!.optimizer.iterations = state.iterations;
}

/** Puts saved values into a snapshot, as if it had taken them. Throws `bad-input` for another model's. */
export function restoreSnapshot(snapshot: Snapshot, saved: SavedVariables, path: string): void {
  checkVariables(snapshot.variables, saved, path);
  snapshot.write(saved.values);
}

function checkVariables(
  targets: readonly NamedVariable[],
  { variables }: SavedVariables,
  path: string,
): void {
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
}
