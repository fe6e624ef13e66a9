/**
 * The thread that parses HDF5 files, one after the other. libhdf5 believes much of what a file says, and a damaged one can
 * keep it busy for ever or make it write where it should not; so it runs where it can be stopped, with separate memory
 * for each file.
 */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../../../errors.js";
import { Hdf5Error, type Hdf5Library } from "../library.js";
import type { Reply, Request, Result } from "../protocol.js";
import { readParts } from "./dataset.js";
import { Instances, limitMemory } from "./instances.js";
import { OpenFile } from "./openFile.js";
import { walk, type Contents } from "./outline.js";
import { Refusal } from "./refusal.js";

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

const instances = new Instances(h5wasm, compiled);
/** The first is made before there is a file, the following ones with theirs. */
let next: Promise<Hdf5Library> | undefined = instances.make();
let library: Hdf5Library | undefined;
let contents: Contents | undefined;

async function answer(request: Request): Promise<Result> {
  if (request.kind === "open") {
    limitMemory(Infinity);
    library = await (next ?? instances.make());
    next = undefined;
    limitMemory(request.file.memory);
    contents = walk(new OpenFile(library, request.file), request.omit);
    return contents.outline;
  }
  if (request.kind === "close") return close();
  if (request.kind === "strings") return contents!.datasets.get(request.path)!.readStrings();
  const parts = request.parts.map(({ path, region }) => contents!.datasets.get(path)!.part(region));
  return readParts(parts, request.into);
}

/** Whether the thread can serve another file: not where the memory of this one would be kept until it is collected. */
function close(): boolean {
  const isSmall = library !== undefined && library.module.HEAPU8.length <= MAX_KEPT_BYTES;
  library?.abandon();
  library = contents = undefined;
  return isSmall;
}
const MAX_KEPT_BYTES = 2 ** 26;

/** In words that follow the file's name. */
function problemOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof Hdf5Error) return `damaged or truncated HDF5 file: ${error.message}`;
  return `damaged HDF5 file: ${messageOf(error).split("\n")[0]}`;
}

async function reply(request: Request): Promise<void> {
  try {
    const result = await answer(request);
    send({ kind: "done", result }, result instanceof ArrayBuffer ? [result] : []);
  } catch (error) {
    const isOver = !(error instanceof Refusal || error instanceof Hdf5Error);
    send({ kind: "refused", problem: problemOf(error), isOver });
  }
}

async function start(): Promise<void> {
  await next;
  port.on("message", (request: Request) => void reply(request));
  send({ kind: "ready", compiled: compiled ? undefined : instances.module });
}

void start();
