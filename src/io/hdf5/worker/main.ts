/**
 * The thread that parses one HDF5 file. libhdf5 believes much of what a file says, and a damaged one can keep it busy for
 * ever or make it write where it should not; so it runs where it can be stopped, with memory of its own that ends with it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../../../errors.js";
import { Hdf5Error, openLibrary, type H5wasmPackage, type Hdf5Library } from "../library.js";
import type { Reply, Request, Result } from "../protocol.js";
import { Dataset } from "./dataset.js";
import { OpenFile, Refusal } from "./openFile.js";
import { outlineOf } from "./outline.js";
import { limitMemory, shareCompiled } from "./webAssembly.js";

/** What the thread is started with. */
interface Start {
  /** Where h5wasm is: this program is no file, so it cannot look for packages itself. */
  readonly h5wasm: string;
  /** h5wasm's compiled module, where another thread has compiled it. */
  readonly compiled?: WebAssembly.Module;
}

const port = parentPort!;
const { h5wasm, compiled } = workerData as Start;
// Emscripten prints what becomes an error message here.
console.error = () => undefined;

function send(reply: Reply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(reply, transfer);
}

let file: OpenFile | undefined;

function answer(library: Hdf5Library, request: Request): Result {
  if (request.kind === "open") {
    limitMemory(request.file.memory);
    file = new OpenFile(library, request.file);
    return outlineOf(file);
  }
  const dataset = new Dataset(file!, request.path);
  return request.kind === "strings"
    ? dataset.readStrings()
    : dataset.readFloat32(request.region, request.into);
}

/** In words that follow the file's name. */
function problemOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof Hdf5Error) return `damaged or truncated HDF5 file: ${error.message}`;
  return `damaged HDF5 file: ${messageOf(error).split("\n")[0]}`;
}

async function start(): Promise<void> {
  const own = shareCompiled(compiled);
  const library = await openLibrary(import(h5wasm) as Promise<H5wasmPackage>);
  port.on("message", (request: Request) => {
    try {
      const result = answer(library, request);
      send({ kind: "done", result }, result instanceof ArrayBuffer ? [result] : []);
    } catch (error) {
      send({ kind: "refused", problem: problemOf(error), isOver: !(error instanceof Refusal) });
    }
  });
  send({ kind: "ready", compiled: own() });
}

void start();
