/** What `wgraft bench --tune` found: what `--out` writes, and the ledger of kernels is made of. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, WgraftError } from "../src/errors.js";

/** What tuning found for one op and its shapes. */
const tunedFigure = z.object({
  op: z.string(),
  /** Of the inputs; "constant" where what is derived of one is made once. */
  shapes: z.string(),
  /** What the choice is kept under. */
  key: z.string(),
  /** The first is the heuristic's. */
  variants: z.array(
    z.object({ variant: z.string(), milliseconds: z.number().nullable(), problem: z.string().nullable() }),
  ),
  /** Null where none ran. */
  choice: z.string().nullable(),
});

const tuningReport = z.object({
  schema: z.literal(1),
  kind: z.literal("tuning"),
  date: z.string(),
  wgraft: z.string(),
  webgpu: z.string(),
  commit: z.string().nullable(),
  adapter: z.looseObject({
    name: z.string(),
    vendor: z.string(),
    architecture: z.string(),
    software: z.boolean(),
  }),
  toggles: z.array(z.string()),
  /** Samples in a run. */
  batch: z.number(),
  tuned: z.array(tunedFigure),
});

export type TunedFigure = z.infer<typeof tunedFigure>;
export type TuningReport = z.infer<typeof tuningReport>;

/** @throws WgraftError `bad-input` for a file that is not one of `bench --tune --out`, `io` where it cannot be read */
export async function readTuningReport(path: string): Promise<TuningReport> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new WgraftError("io", `cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
  const parsed = tuningReport.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [{ path: where, message }] = parsed.error.issues;
  throw new WgraftError(
    "bad-input",
    `${path}: not a file of wgraft bench --tune --out: ${where.join(".") || "its root"}: ${message}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
