/** Instances of h5wasm's module, one for each file: what a file does to HDF5's memory ends with it. */
import { Hdf5Library, type Hdf5Module } from "../library.js";

/** What is used of WebAssembly here; Node's types have none. */
interface Engine {
  compile(bytes: Uint8Array): Promise<WebAssembly.Module>;
  instantiate: (source: unknown, imports: object) => Promise<object>;
  Memory: { prototype: Memory };
}
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(this: Memory, pages: number): number;
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** Emscripten's: each call makes an instance. */
interface Factory {
  default: (options: {
    noInitialRun: true;
    instantiateWasm?: (imports: object, done: (instance: object, module: WebAssembly.Module) => void) => void;
  }) => Promise<Hdf5Module>;
}

export class Instances {
  private readonly factory: Promise<Factory>;

  /**
   * @param h5wasm the URL of `h5wasm/node`, which makes one instance and keeps the factory next to it to itself
   * @param compiled h5wasm's module. Undefined: it is compiled for the first instance
   */
  constructor(
    h5wasm: string,
    private compiled: WebAssembly.Module | undefined,
  ) {
    this.factory = import(new URL("hdf5_util.js", h5wasm).href) as Promise<Factory>;
  }

  /** To compile 3.5 MB takes a moment: one module serves all threads. */
  get module(): WebAssembly.Module | undefined {
    return this.compiled;
  }

  async make(): Promise<Hdf5Library> {
    const { default: instantiate } = await this.factory;
    const { compiled } = this;
    if (!compiled) return new Hdf5Library(await this.compiling(() => instantiate({ noInitialRun: true })));
    const instance = instantiate({
      noInitialRun: true,
      instantiateWasm: (imports, done) =>
        void engine.instantiate(compiled, imports).then((made) => done(made, compiled)),
    });
    return new Hdf5Library(await instance);
  }

  /** Keeps the module that `make` compiles: only the factory knows its bytes. */
  private async compiling<T>(make: () => Promise<T>): Promise<T> {
    const { instantiate } = engine;
    engine.instantiate = async (bytes, imports) => {
      const module = (this.compiled = await engine.compile(bytes as Uint8Array));
      return { module, instance: await instantiate(module, imports) };
    };
    try {
      return await make();
    } finally {
      engine.instantiate = instantiate;
    }
  }
}

const PAGE_BYTES = 65_536;
let maxBytes = Infinity;
const grow: Memory["grow"] = Reflect.get(engine.Memory.prototype, "grow");
engine.Memory.prototype.grow = function (pages) {
  // Emscripten makes of this what it makes of a machine without memory: malloc returns null, and HDF5 reports it.
  if (this.buffer.byteLength + pages * PAGE_BYTES > maxBytes)
    throw new RangeError("more than the limit of memory");
  return grow.call(this, pages);
};

/** Bytes that an instance may have from now on. */
export function limitMemory(bytes: number): void {
  maxBytes = bytes;
}
