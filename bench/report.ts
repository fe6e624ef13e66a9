/** The figures as they are kept: what `--json` prints, `--out` writes and `--compare` reads. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, WgraftError } from "../src/errors.js";

const memory = z.object({
  variables: z.number(),
  inputs: z.number(),
  intermediates: z.number(),
  total: z.number(),
});

const summary = z.object({ median: z.number(), min: z.number(), iqr: z.number(), runs: z.number() });

/** See `Measurement`: times are milliseconds, memory is bytes. */
const figure = summary.extend({
  name: z.string(),
  group: z.enum(["peak", "kernel", "job"]),
  detail: z.string(),
  gflops: z.number().optional(),
  gbps: z.number().optional(),
  flopShare: z.number().optional(),
  byteShare: z.number().optional(),
  rate: z.object({ value: z.number(), unit: z.string() }).optional(),
  memory: memory.optional(),
  note: z.string().optional(),
});

const peerFigure = summary.extend({
  peer: z.string(),
  job: z.string(),
  /** Its median over ours, of the same run of the suite: above 1 we are faster. */
  ratio: z.number().nullable(),
  /** The largest difference between its outputs and ours, over the largest of ours. */
  error: z.number().nullable(),
  /** The load average over a minute, when it was done. */
  load: z.number(),
});

const activity = z.object({
  /** Means over 1, 5 and 15 minutes; zeros where the system does not say. */
  load: z.array(z.number()).min(1),
  /** The busiest processes besides the suite, in percent of a core; null where the system does not say. */
  busy: z.array(z.object({ name: z.string(), cpu: z.number() })).nullable(),
});

const reportSchema = z.object({
  schema: z.literal(1),
  date: z.string(),
  wgraft: z.string(),
  commit: z.string().nullable(),
  adapter: z.looseObject({ name: z.string(), description: z.string(), software: z.boolean() }),
  toggles: z.array(z.string()),
  /** Whether kernels were chosen by measuring them. */
  autotune: z.boolean().default(false),
  /** What jobs store activations as, unless their name says another type. */
  precision: z.enum(["float32", "float16"]).default("float32"),
  node: z.string(),
  webgpu: z.string(),
  os: z.string(),
  cpu: z.string(),
  cpus: z.number(),
  memoryGiB: z.number(),
  load: z.array(z.number()),
  /** What else ran, as the suite began and when the last figure was written. Earlier versions did not say. */
  activity: z.object({ start: activity, end: activity }).optional(),
  /** False where the suite was stopped before its end. */
  complete: z.boolean().default(true),
  quick: z.boolean(),
  /** Of kernels: GPU timestamps, or the host's clock. Jobs are timed by the host's. */
  clock: z.enum(["timestamp", "wall"]),
  figures: z.array(figure),
  failures: z.array(z.object({ name: z.string(), reason: z.string() })),
  peers: z
    .object({
      notes: z.array(z.string()),
      versions: z.record(z.string(), z.string()),
      figures: z.array(peerFigure),
      failures: z.array(z.object({ name: z.string(), reason: z.string() })),
    })
    .optional(),
});

export type Activity = z.infer<typeof activity>;
export type Report = z.infer<typeof reportSchema>;
export type Figure = Report["figures"][number];
export type PeerReport = NonNullable<Report["peers"]>;
export type PeerFigure = PeerReport["figures"][number];

/** @throws WgraftError `bad-input` for a file that is no report of ours, `io` where it cannot be read */
export async function readReport(path: string): Promise<Report> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WgraftError("io", `cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  return parseReport(text, path);
}

/** @param path for the message of the error */
export function parseReport(text: string, path: string): Report {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new WgraftError("bad-input", `${path}: not JSON: ${messageOf(cause)}`, { cause });
  }
  const { success, data, error } = reportSchema.safeParse(json);
  if (success) return data;
  const [{ path: where, message }] = error.issues;
  throw new WgraftError(
    "bad-input",
    `${path}: not a file of wgraft bench --out: ${where.join(".") || "its root"}: ${message}`,
  );
}
