/** The programs that a model keeps: the last few, and as many earlier ones as fit into some bytes. */
import { WgraftError } from "../../errors.js";
import type { Program } from "../../graph/program/program.js";

/** A training alternates between these: full and short batches, those of the validation, and a callback's predictions. */
const alwaysKept = 4;

/** What programs of earlier batch sizes may take together with those, where they are more. */
const keptBytes = 2 ** 27;

interface Entry {
  readonly program: Promise<Program>;
  /** Undefined while it is being compiled. */
  compiled?: Program;
}

/**
 * Programs by key, least recently used out. Weights belong to no program; only a program's own buffers count and are
 * freed. A program in use stays.
 */
export class ProgramCache {
  /** The least recently used first. */
  private readonly entries = new Map<string, Entry>();
  private trimming: NodeJS.Immediate | undefined;

  constructor(
    private readonly limits: { readonly programs: number; readonly bytes: number } = {
      programs: alwaysKept,
      bytes: keptBytes,
    },
  ) {}

  /** Bytes of the programs that are compiled, without weights. */
  get bytes(): number {
    return this.compiled().reduce((sum, { compiled }) => sum + bytesOf(compiled), 0);
  }

  get size(): number {
    return this.entries.size;
  }

  /**
   * The program of a key, compiled where it is not there. It stays until this turn of the event loop ends; whoever runs it
   * later than that keeps it in use.
   */
  get(key: string, compile: () => Promise<Program>): Promise<Program> {
    const known = this.entries.get(key);
    if (known) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.program;
    }
    const entry: Entry = { program: this.compileWithRoom(compile) };
    this.entries.set(key, entry);
    entry.program.then(
      (program) => {
        entry.compiled = program;
        this.trimLater();
      },
      () => this.entries.delete(key),
    );
    return entry.program;
  }

  /** Frees all programs. */
  async clear(): Promise<void> {
    clearImmediate(this.trimming);
    for (const { program } of this.entries.values()) (await program).destroy();
    this.entries.clear();
  }

  private async compileWithRoom(compile: () => Promise<Program>): Promise<Program> {
    try {
      return await compile();
    } catch (error) {
      const isFull = error instanceof WgraftError && error.code === "out-of-memory";
      if (!isFull || !this.free(this.idle())) throw error;
      return compile();
    }
  }

  /** Not at once: a caller that waits for a program has to get it first. */
  private trimLater(): void {
    this.trimming ??= setImmediate(() => {
      this.trimming = undefined;
      this.trim();
    });
  }

  private trim(): void {
    let { bytes } = this;
    const spare = Math.max(0, this.entries.size - this.limits.programs);
    const last = new Set([...this.entries.keys()].slice(spare));
    for (const [key, { compiled }] of this.idle()) {
      if (bytes <= this.limits.bytes) return;
      if (last.has(key)) continue;
      bytes -= bytesOf(compiled);
      this.free([[key, { compiled }]]);
    }
  }

  private idle(): [string, { compiled: Program }][] {
    return [...this.entries].flatMap(([key, { compiled }]): [string, { compiled: Program }][] =>
      compiled && !compiled.isHeld ? [[key, { compiled }]] : [],
    );
  }

  private compiled(): { compiled: Program }[] {
    return [...this.entries.values()].flatMap(({ compiled }) => (compiled ? [{ compiled }] : []));
  }

  /** @returns whether there was any */
  private free(programs: readonly (readonly [string, { readonly compiled: Program }])[]): boolean {
    for (const [key, { compiled }] of programs) {
      this.entries.delete(key);
      // What has been submitted still runs to its end.
      compiled.destroy();
    }
    return programs.length > 0;
  }
}

function bytesOf({ memory }: Program): number {
  return memory.inputs + memory.params + memory.intermediates;
}
