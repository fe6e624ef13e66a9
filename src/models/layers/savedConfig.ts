/** The arguments of a layer as a file has them: checked when they are read, and none passed over. */
import type { z } from "zod";
import { WgraftError } from "../../errors.js";

/** What does not change what a trained layer computes. Initial values are of no use: the file's weights replace them. */
const harmless = new Set(["name", "batch_input_shape", "batch_shape", "sparse", "ragged", "seed"]);

export class SavedConfig {
  private readonly unread: Set<string>;

  constructor(
    /** The file that the arguments come from: errors name it. */
    private readonly file: string,
    private readonly className: string,
    private readonly layer: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {
    this.unread = new Set(Object.keys(values).filter((k) => !harmless.has(k) && !k.endsWith("_initializer")));
  }

  /** An argument, checked. @throws WgraftError `bad-input` where it is missing or of another kind */
  read<T>(key: string, schema: z.ZodType<T>): T {
    this.unread.delete(key);
    const parsed = schema.safeParse(Object.hasOwn(this.values, key) ? this.values[key] : undefined);
    if (parsed.success) return parsed.data;
    throw this.error("bad-input", `${key} is ${this.show(key)}: ${parsed.error.issues[0].message}`);
  }

  /** An argument that must be as it is by default, or absent. @throws WgraftError `not-supported` for another value */
  mustBe(key: string, ...accepted: unknown[]): void {
    this.unread.delete(key);
    if (!Object.hasOwn(this.values, key)) return;
    if (accepted.some((value) => JSON.stringify(value) === JSON.stringify(this.values[key]))) return;
    throw this.error(
      "not-supported",
      `${key} is ${this.show(key)}; wgraft has only ${JSON.stringify(accepted[0])}`,
    );
  }

  /** To be called when all was read. @throws WgraftError `not-supported` for arguments that nobody asked for and that are set */
  finish(): void {
    for (const key of this.unread) {
      const value = this.values[key];
      if (value === null || value === false) continue;
      throw this.error("not-supported", `wgraft has no ${key} (here ${this.show(key)})`);
    }
  }

  error(code: "bad-input" | "not-supported", message: string, cause?: unknown): WgraftError {
    return new WgraftError(code, `${this.file}: layer ${this.layer} (${this.className}): ${message}`, {
      cause,
    });
  }

  private show(key: string): string {
    const text = JSON.stringify(this.values[key]) ?? "missing";
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }
}
