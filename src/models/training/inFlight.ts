import type { Device } from "../../kernels/gpu/device.js";
import { settle } from "../../kernels/gpu/wait.js";

/** Fences that may be pending. */
const mostFences = 2;

/** Runs that share a fence: dawn.node polls for each that is pending. */
const runsPerFence = 4;

/** Keeps a bounded number of submitted runs ahead of the GPU: enough that it never waits, not so many that memory grows. */
export class InFlight {
  private readonly fences: Promise<undefined>[] = [];
  private submitted = 0;

  constructor(private readonly device: Device) {}

  /** To be called after each submit; waits when too much is under way. */
  async submittedOne(): Promise<void> {
    if (++this.submitted % runsPerFence !== 0) return;
    this.fences.push(this.device.gpu.queue.onSubmittedWorkDone());
    if (this.fences.length <= mostFences) return;
    await settle(this.fences.shift()!);
    this.device.check();
  }
}
