/** What a program takes of the GPU's memory. */
import { storageBytesOf } from "../../tensor.js";
import type { TensorSpec } from "../../tensor.js";
import type { BufferPlan } from "./plan.js";

/** Bytes on the GPU, by what they are for. Exactly the sizes of a program's buffers, the padding to whole words included. */
export interface MemoryUse {
  /** Weights, optimizer slots and other state. Programs that use the same variables share them. */
  readonly variables: number;
  /** Weights in another form, as transformed kernels. Shared like the variables. */
  readonly derived: number;
  readonly inputs: number;
  /** Sizes and strides of the launches. */
  readonly params: number;
  /** Activations, gradients and scratch, all planned buffers together. */
  readonly intermediates: number;
  readonly total: number;
  /** Where the most intermediates are alive at once; undefined for a program that runs nothing. */
  readonly peak?: MemoryPeak;
}

export interface MemoryPeak {
  readonly op: string;
  /** Empty outside layers. */
  readonly layer: string;
  /** Of the intermediates alive there: at most `intermediates`, which is more by what the sharing of buffers wastes. */
  readonly bytes: number;
}

export function memoryUse(
  tensors: Readonly<Record<"variables" | "derived" | "inputs", readonly TensorSpec[]>>,
  params: number,
  { bytes: intermediates, peak }: BufferPlan,
): MemoryUse {
  const bytesOf = (specs: readonly TensorSpec[]) => specs.reduce((n, spec) => n + storageBytesOf(spec), 0);
  const variables = bytesOf(tensors.variables);
  const derived = bytesOf(tensors.derived);
  const inputs = bytesOf(tensors.inputs);
  return {
    variables,
    derived,
    inputs,
    params,
    intermediates,
    total: variables + derived + inputs + params + intermediates,
    ...(peak && {
      peak: { op: peak.step.node.op.name, layer: peak.step.node.scope, bytes: peak.bytes },
    }),
  };
}

/** "12.3 MiB"; what would be 0.0, "12.3 KiB" or "123 bytes" */
export function formatMiB(bytes: number): string {
  if (bytes > 0 && bytes < 2 ** 10) return `${bytes} bytes`;
  if (bytes > 0 && bytes < 0.05 * 2 ** 20) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
