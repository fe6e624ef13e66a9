/**
 * Compiles each pipeline of the networks once, one after the other, on whatever adapter there is: a program of its own,
 * since the driver prints what it made of a pipeline on stderr. Marks there which pipeline follows; one JSON line on stdout
 * at the end.
 *
 *   node compilePipelines.js float32|float16
 */
import { writeSync } from "node:fs";
import { createDevice } from "../../src/kernels/gpu/device.js";
import { pipelineKey } from "../../src/kernels/gpu/pipeline.js";
import type { Launch } from "../../src/kernels/op.js";
import type { FloatType } from "../../src/tensor.js";
import { launchesByVariant, networkNames, stepsOf } from "./networks.js";
import { mark } from "./shaderStats.js";

const precision = process.argv[2] as FloatType;
// Products of float16 matrices too.
const device = await createDevice({ precision, toggles: ["allow_unsafe_apis"], onNote: () => undefined });
const pipelines = new Map<string, { readonly launch: Launch; readonly users: Set<string> }>();
for (const name of networkNames) {
  for (const step of await stepsOf(name, device)) {
    for (const [variant, launches] of launchesByVariant(step, device.caps)) {
      for (const launch of launches) {
        const key = pipelineKey(launch);
        const known = pipelines.get(key) ?? { launch, users: new Set<string>() };
        known.users.add(`${name} ${step.node.op.name} ${variant}`);
        pipelines.set(key, known);
      }
    }
  }
}
const failures: string[] = [];
for (const { launch, users } of pipelines.values()) {
  const { kernel, prelude, constants } = launch;
  writeSync(2, mark({ kernel: kernel.name, prelude, constants, users: [...users] }));
  try {
    await device.pipelines.get(launch);
  } catch (error) {
    failures.push(String(error));
  }
}
writeSync(1, `${JSON.stringify({ adapter: device.name, pipelines: pipelines.size, failures })}\n`);
// The driver's null device waits for nothing, and has nothing to free.
process.exit(0);
