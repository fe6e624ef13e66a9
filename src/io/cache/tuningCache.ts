/** The choices of kernels that were measured, on disk: `wgraft/tuning.json` in `$XDG_CACHE_HOME` or `~/.cache`. */
import { readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { messageOf } from "../../errors.js";
import { callback, text } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf } from "../../options/fields.js";
import { writeFileAtomic } from "../atomic.js";
import { makeFolder, writing } from "../writing.js";
import { cacheFolder } from "./folder.js";

/** Choices by what they are for, as a device takes and gives them. */
type Choices = ReadonlyMap<string, string>;

export interface TuningCacheOptions {
  /** Default: the user's. */
  path?: string;
  /** Gets what is wrong with the file, where it is none of this library's. Default: a warning of the process. */
  onNote?: (note: string) => void;
}

const table = optionsOf<TuningCacheOptions>("tuningCache").fields({
  path: optional(text),
  onNote: optional(callback),
});

/** Far above what there are shapes; a file of more is none of ours. */
const maxBytes = 16 * 2 ** 20;

const schema = z.object({
  schema: z.literal(1),
  /** Variants by key by platform. */
  platforms: z.record(z.string(), z.record(z.string(), z.string())),
});

type Platforms = z.infer<typeof schema>["platforms"];

/**
 * Where the user's choices are.
 * @example
 * console.log(tuningCachePath());
 */
export function tuningCachePath(): string {
  return join(cacheFolder(), "tuning.json");
}

/**
 * A store for `createDevice({ autotune: tuningCache() })`. Processes may share the file: what is written is merged with
 * what is there, and what two write in the same instant is at worst measured once more. A file that cannot be read is as
 * good as none, and a note says so.
 * @example
 * const device = await createDevice({ autotune: tuningCache() });
 */
export function tuningCache(options?: TuningCacheOptions): TuningCache {
  return new TuningCache(options);
}

/** The choices of kernels in a file. Made by `tuningCache`. */
export class TuningCache {
  readonly path: string;
  private readonly onNote: (note: string) => void;
  /** What was wrong with the file, and has been said. */
  private reported: string | undefined;

  constructor(options?: TuningCacheOptions) {
    const { path, onNote } = checkOptions(table, options);
    this.path = path ?? tuningCachePath();
    this.onNote = onNote ?? ((note) => process.emitWarning(note));
  }

  /** What was chosen on a platform. */
  async load(platform: string): Promise<Choices> {
    return new Map(Object.entries((await this.read(this.onNote))[platform] ?? {}));
  }

  /** Adds to what is in the file by now. @throws WgraftError `io` where it cannot be written */
  async add(platform: string, choices: Choices): Promise<void> {
    // What was wrong with the file has been said when it was loaded.
    const platforms = await this.read(() => undefined);
    const merged = { ...platforms, [platform]: { ...platforms[platform], ...Object.fromEntries(choices) } };
    await makeFolder(dirname(this.path));
    await writeFileAtomic(this.path, `${JSON.stringify({ schema: 1, platforms: merged }, null, 1)}\n`);
  }

  /**
   * Choices on all platforms, and the bytes of the file.
   * @param counts whether the choices of a platform count. Default: all do
   */
  async usage(
    counts: (platform: string) => boolean = () => true,
  ): Promise<{ choices: number; bytes: number }> {
    const platforms = Object.entries(await this.read(this.onNote)).filter(([platform]) => counts(platform));
    const choices = platforms.reduce((sum, [, table]) => sum + Object.keys(table).length, 0);
    const bytes = await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    );
    return { choices, bytes };
  }

  /** Forgets all choices. @throws WgraftError `io` where the file cannot be removed */
  async clear(): Promise<void> {
    await writing(this.path, () => rm(this.path, { force: true }));
  }

  private async read(onProblem: (problem: string) => void): Promise<Platforms> {
    try {
      const info = await stat(this.path);
      if (!info.isFile()) throw new Error("it is not a file");
      if (info.size > maxBytes) throw new Error(`${info.size} bytes are too many`);
      const parsed = schema.safeParse(JSON.parse(await readFile(this.path, "utf8")));
      if (parsed.success) return parsed.data.platforms;
      const [{ path, message }] = parsed.error.issues;
      throw new Error(`${path.join(".")}: ${message}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      const problem = `${this.path} is not read, kernels are tuned again: ${messageOf(error)}`;
      if (problem !== this.reported) onProblem(problem);
      this.reported = problem;
      return {};
    }
  }
}
