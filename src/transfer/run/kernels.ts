/**
 * Which variants of kernels a run's programs launched: a run that is resumed, or repeated by `kernelsFrom`, launches the same,
 * so that its bits do not depend on what was measured meanwhile.
 */
import { WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Checkpoint } from "./checkpoint.js";
import { readRunConfig, type Kernels } from "./config.js";
import { checkpointFiles, configFile, modelPathOf } from "./files.js";

/** The kernels of a run under way. */
export interface RunKernels {
  /** Those of the run so far, those before a resumption included. */
  recorded(): Kernels;
}

/** Uses recorded kernels where there are any, and records what is launched until `train` ends. */
export async function withKernels<R>(
  device: Device,
  earlier: Kernels | undefined,
  train: (kernels: RunKernels) => Promise<R>,
): Promise<R> {
  const unpin = earlier && device.choices.pin(new Map(Object.entries(earlier)));
  const recording = device.choices.record();
  try {
    return await train({ recorded: () => ({ ...earlier, ...Object.fromEntries(recording.kernels) }) });
  } finally {
    recording.end();
    unpin?.();
  }
}

/**
 * The kernels to begin with: those of the resumed run, or of the one that `kernelsFrom` names.
 * @throws WgraftError `usage` for both, `bad-input` for a run that records none
 */
export async function kernelsToUse(
  kernelsFrom: string | undefined,
  checkpoint: Checkpoint | undefined,
): Promise<Kernels | undefined> {
  if (kernelsFrom === undefined) return checkpoint?.state.kernels;
  if (checkpoint) {
    throw new WgraftError("usage", "`kernelsFrom` is for a new run; one that is resumed has its own", {
      option: "kernelsFrom",
    });
  }
  const { last } = checkpointFiles(kernelsFrom);
  // A run that was interrupted has its checkpoint alone.
  for (const model of [await modelPathOf(kernelsFrom), last]) {
    const config = await readRunConfig(model);
    if (config?.kernels) return config.kernels;
  }
  throw new WgraftError("bad-input", `${kernelsFrom}: has no ${configFile} that records kernels`, {
    option: "kernelsFrom",
  });
}
