import type { Device } from "../../kernels/gpu/device.js";
import { settle } from "../../kernels/gpu/wait.js";

/** Keeps a bounded number of submitted runs ahead of the GPU: enough that it never waits, not so many that memory grows. */
export class InFlight {
  private readonly fences: Promise<undefined>[] = [];
  private submitted = 0;

  /**
   * @param groups fences that may be pending
   * @param perFence runs that share a fence; a fence a run would have dawn.node poll for each
   */
  constructor(
    private readonly device: Device,
    private readonly groups = 2,
    private readonly perFence = 4,
  ) {}

  /** To be called after each submit; waits when too much is under way. */
  async submittedOne(): Promise<void> {
    if (++this.submitted % this.perFence !== 0) return;
    this.fences.push(this.device.gpu.queue.onSubmittedWorkDone());
    if (this.fences.length <= this.groups) return;
    await settle(this.fences.shift()!);
    this.device.check();
  }
}
