/** The thread that parses HDF5 files (worker/main.ts), seen from outside: requests in, results out, stopped in time. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../../errors.js";
import type { Reply, Request, Result } from "./protocol.js";
import { Stopwatch } from "./stopwatch.js";
import program from "./worker/main.js?bundled";

/** Megabytes of JavaScript's own heap, for names and text. */
const MAX_HEAP_MB = 512;

/** For HDF5 to let go of a file. */
const CLOSING_SECONDS = 1;
/** How long a thread waits for another file before it ends. */
const MAX_IDLE_MS = 10_000;

/** h5wasm's module, compiled by the first thread for all of them. */
let compiled: WebAssembly.Module | undefined;
/** A thread without a file, or what becomes of one that closes its last. */
let spare: Promise<Hdf5Thread> | undefined;

/** Why a request has no result. */
export class ThreadError extends Error {
  constructor(
    readonly reason: "refused" | "too slow" | "stopped",
    message: string,
  ) {
    super(message);
  }
}

/** Starts a thread for the next file that is opened, so that it is ready by then: that takes a fifth of a second. */
export function prepareHdf5(): void {
  spare ??= Promise.resolve(new Hdf5Thread());
}

/** A thread without a file: no two files are in one at the same time, and each has its own instance of HDF5. */
export async function takeThread(): Promise<Hdf5Thread> {
  const waiting = spare;
  spare = undefined;
  const thread = await waiting;
  if (!thread || thread.isOver) return new Hdf5Thread();
  thread.wake();
  return thread;
}

/** Closes the file that a thread has open, whatever it does, and keeps the thread for the next one if that can be. */
export function giveBack(thread: Hdf5Thread): void {
  if (spare || thread.isBusy) thread.stop();
  else spare = thread.closeFile().then(() => thread);
}

interface Pending {
  resolve(result: Result): void;
  reject(error: ThreadError): void;
}

export class Hdf5Thread {
  private readonly worker: Worker;
  private readonly ready: Promise<void>;
  private pending: Pending | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private end: ThreadError | undefined;
  /** Seconds of work. */
  private spent = 0;
  private requests = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor() {
    this.worker = new Worker(program, {
      eval: true,
      name: "hdf5",
      workerData: { h5wasm: import.meta.resolve("h5wasm/node"), compiled },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      // Not those of the process, which may be about its main module.
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.ready = new Promise((resolve, reject) => {
      const failed = (why: string) => {
        this.fail(new ThreadError("stopped", why));
        reject(this.end!);
      };
      this.worker.on("message", (reply: Reply) => {
        if (reply.kind === "ready") {
          compiled ??= reply.compiled;
          resolve();
        } else this.settle(reply);
      });
      this.worker.on("error", (error) => failed(messageOf(error)));
      this.worker.on("exit", () => failed("its thread ended"));
    });
    // Reported by the next request.
    this.ready.catch(() => undefined);
    // A file that is left open keeps no process alive.
    this.worker.unref();
  }

  get isOver(): boolean {
    return this.end !== undefined;
  }

  get isBusy(): boolean {
    return this.requests > 0;
  }

  /** Afterwards the thread has no file, or is over. */
  async closeFile(): Promise<void> {
    this.spent = 0;
    const canGoOn = await this.request({ kind: "close" }, CLOSING_SECONDS).catch(() => false);
    if (canGoOn !== true) return this.stop();
    this.spent = 0;
    this.idle = setTimeout(() => this.stop(), MAX_IDLE_MS).unref();
  }

  wake(): void {
    clearTimeout(this.idle);
  }

  /**
   * One request after the other.
   * @param seconds that the thread may work, all its requests together
   * @throws ThreadError, after which the thread is stopped unless it is "refused"
   */
  request(request: Request, seconds: number, transfer: ArrayBuffer[] = []): Promise<Result> {
    this.requests++;
    this.worker.ref();
    const result = this.last.then(() => this.perform(request, seconds, transfer));
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Whatever it does. Requests under way are rejected. */
  stop(): void {
    this.fail(new ThreadError("stopped", "it was closed"));
  }

  private async perform(request: Request, seconds: number, transfer: ArrayBuffer[]): Promise<Result> {
    let watch: Stopwatch | undefined;
    try {
      await this.ready;
      if (this.end) throw this.end;
      return await new Promise<Result>((resolve, reject) => {
        this.pending = { resolve, reject };
        watch = new Stopwatch(seconds - this.spent, () => this.fail(new ThreadError("too slow", "")));
        this.worker.postMessage(request, transfer);
      });
    } finally {
      this.spent += watch?.stop() ?? 0;
      if (--this.requests === 0) this.worker.unref();
    }
  }

  private settle(reply: Exclude<Reply, { kind: "ready" }>): void {
    const { pending } = this;
    this.pending = undefined;
    if (reply.kind === "done") return pending?.resolve(reply.result);
    const error = new ThreadError("refused", reply.problem);
    pending?.reject(error);
    if (reply.isOver) this.fail(error);
  }

  private fail(error: ThreadError): void {
    if (this.end) return;
    this.end = error;
    this.pending?.reject(error);
    this.pending = undefined;
    void this.worker.terminate();
  }
}
