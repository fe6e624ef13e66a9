/** The thread that parses one HDF5 file (worker/main.ts), seen from outside: requests in, results out, stopped in time. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../../errors.js";
import type { Reply, Request, Result } from "./protocol.js";
import program from "./worker/main.js?bundled";

/** Megabytes of JavaScript's own heap, for names and text. */
const MAX_HEAP_MB = 512;

/** h5wasm's module, compiled by the first thread for all of them. */
let compiled: WebAssembly.Module | undefined;
let spare: Hdf5Thread | undefined;

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
  spare ??= new Hdf5Thread();
}

/** A thread of its own for each file: what one file does to HDF5's memory ends with it. */
export function takeThread(): Hdf5Thread {
  const thread = spare;
  spare = undefined;
  return thread && !thread.isOver ? thread : new Hdf5Thread();
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
    // Told to whoever asks for something.
    this.ready.catch(() => undefined);
    // A file that is left open keeps no process alive.
    this.worker.unref();
  }

  get isOver(): boolean {
    return this.end !== undefined;
  }

  /**
   * One request after the other.
   * @param seconds that the thread may take, from when it is free for this request
   * @throws ThreadError, after which the thread is stopped unless it is "refused"
   */
  request(request: Request, seconds: number, transfer: ArrayBuffer[] = []): Promise<Result> {
    const result = this.last.then(() => this.perform(request, seconds, transfer));
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Whatever it does. Requests under way are rejected. */
  stop(): void {
    this.fail(new ThreadError("stopped", "it was closed"));
  }

  private async perform(request: Request, seconds: number, transfer: ArrayBuffer[]): Promise<Result> {
    this.worker.ref();
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.ready;
      if (this.end) throw this.end;
      return await new Promise<Result>((resolve, reject) => {
        this.pending = { resolve, reject };
        timer = setTimeout(
          () => this.fail(new ThreadError("too slow", "")),
          Math.min(1000 * seconds, MAX_TIMER),
        );
        this.worker.postMessage(request, transfer);
      });
    } finally {
      clearTimeout(timer);
      this.worker.unref();
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

/** Of setTimeout, in milliseconds: 24 days. */
const MAX_TIMER = 2 ** 31 - 1;
