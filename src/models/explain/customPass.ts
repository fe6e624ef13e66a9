/** One value for each image, from a graph over a model's inputs. */
import type { Value } from "../../kernels/op.js";
import { sizeOf, Tensor, type TensorData } from "../../tensor.js";
import type { CallContext } from "../layers/layer.js";
import type { Model } from "../model.js";
import { ArraySource, type AnyBatch, type Preprocess } from "../training/batches.js";
import { fittingRun, forward } from "../training/predict.js";

export interface CustomPass {
  /** What differs among such graphs: equal keys share a program. */
  readonly key: string;
  /** A float32 value (batch, …). */
  readonly emit: (context: CallContext, inputs: readonly Value[]) => Value;
  readonly preprocess?: Preprocess;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
  /** What else is fed for each image of a batch. Called in the order of the batches. Default: nothing. */
  readonly rowsOf?: (batch: AnyBatch) => Readonly<Record<string, TensorData>>;
}

/** @returns the values of all images x, in inference mode: float32 (n, …) */
export async function customPass(model: Model, x: Tensor, pass: CustomPass): Promise<Tensor<"float32">> {
  const { key, emit, preprocess, batchSize, signal, rowsOf } = pass;
  const [n = 0] = x.shape;
  const programs = await model.ready();
  const source = new ArraySource(x, undefined, preprocess);
  const { sample } = source;
  const program = (batch: number) =>
    programs.custom(key, batch, sample, (context, inputs) => ({ result: emit(context, inputs) }));
  const run = await fittingRun(programs, program, Math.max(1, Math.min(batchSize, n)), sample);
  const [, ...made] = run.program.outputSpec("result").shape;
  const values = new Float32Array(n * sizeOf(made));
  let done = 0;
  for await (const { batch, outputs } of forward(source.batches(run.batch), { ...run, rowsOf }, n, signal)) {
    values.set(outputs.result, done * sizeOf(made));
    done += batch.size;
  }
  return new Tensor(values, [n, ...made], "float32");
}
