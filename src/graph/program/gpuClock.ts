/** The time that the GPU takes for a program. */
import { performance } from "node:perf_hooks";
import type { Device } from "../../kernels/gpu/device.js";
import { encodeDispatches, type Dispatch } from "./dispatch.js";

/** What a measurement should last: far above the 65 µs to which Dawn rounds timestamps, far below a driver's watchdog. */
const wantedMilliseconds = 40;
/** A bound on the commands of one submission. */
const maxDispatches = 5000;

/**
 * Times dispatches, run together as often as it takes to be measured well. By timestamp queries where the adapter has
 * them, else by the host's clock from the submission to its end.
 */
export class GpuClock {
  readonly kind: "timestamp" | "wall";
  private readonly queries: { set: GPUQuerySet; resolved: GPUBuffer } | undefined;

  constructor(private readonly device: Device) {
    const { gpu } = device;
    this.kind = gpu.features.has("timestamp-query") ? "timestamp" : "wall";
    if (this.kind === "timestamp") {
      const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
      this.queries = {
        set: gpu.createQuerySet({ type: "timestamp", count: 2 }),
        resolved: gpu.createBuffer({ size: 16, usage }),
      };
    }
  }

  /** A function that measures one run of the dispatches, in milliseconds. */
  async timer(dispatches: readonly Dispatch[]): Promise<() => Promise<number>> {
    await this.run(dispatches, 1);
    const once = await this.run(dispatches, 1);
    const most = Math.max(1, Math.floor(maxDispatches / dispatches.length));
    const times = Math.min(most, Math.max(1, Math.ceil(wantedMilliseconds / Math.max(once, 1e-3))));
    return async () => (await this.run(dispatches, times)) / times;
  }

  destroy(): void {
    this.queries?.set.destroy();
    this.queries?.resolved.destroy();
  }

  /** Milliseconds of `times` runs in one pass. */
  async run(dispatches: readonly Dispatch[], times: number): Promise<number> {
    const { gpu } = this.device;
    await this.device.idle();
    const encoder = gpu.createCommandEncoder();
    const timestampWrites = this.queries && {
      querySet: this.queries.set,
      beginningOfPassWriteIndex: 0,
      endOfPassWriteIndex: 1,
    };
    const pass = encoder.beginComputePass({ timestampWrites });
    for (let i = 0; i < times; i++) encodeDispatches(pass, dispatches);
    pass.end();
    if (this.queries) encoder.resolveQuerySet(this.queries.set, 0, 2, this.queries.resolved, 0);
    const commands = encoder.finish();
    const start = performance.now();
    gpu.queue.submit([commands]);
    await this.device.idle();
    if (!this.queries) return performance.now() - start;
    const [begin, end] = new BigUint64Array(await this.device.read(this.queries.resolved, 16));
    return Number(end - begin) / 1e6;
  }
}
