/** Changes to WebAssembly in this thread, before h5wasm is loaded: h5wasm takes no options. */

/** What is used of it here; Node's types have none. */
interface Engine {
  compile(bytes: Uint8Array): Promise<WebAssembly.Module>;
  instantiate(source: unknown, imports: object): Promise<object>;
  Memory: { prototype: Memory };
}
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(this: Memory, pages: number): number;
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** To compile 3.5 MB takes a moment: one module serves all threads. Returns what was compiled here, if anything was. */
export function shareCompiled(
  compiled: WebAssembly.Module | undefined,
): () => WebAssembly.Module | undefined {
  const instantiate = engine.instantiate.bind(engine);
  let own: WebAssembly.Module | undefined;
  engine.instantiate = async (bytes, imports) => {
    const module = compiled ?? (own = await engine.compile(bytes as Uint8Array));
    return { module, instance: await instantiate(module, imports) };
  };
  return () => own;
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

/** Bytes that WebAssembly may have from now on. */
export function limitMemory(bytes: number): void {
  maxBytes = bytes;
}
