import { WgraftError } from "../../src/errors.js";

export type Outcome = "read" | "refused";

/** What a file did that none may do. */
export class FuzzFailure extends Error {}

/** Far above what wgraft allows itself, on a machine that does other things too. */
const MAX_SECONDS = 60;
const MAX_GROWTH = 2 ** 30;
const startBytes = process.memoryUsage.rss();
/** The most that this process has had so far. */
const peakBytes = () => 1024 * process.resourceUsage().maxRSS;

/**
 * How reading ended: with success, or with an error for the user in one line. Anything else is thrown as a FuzzFailure: an
 * internal error, a read that does not end, growth.
 */
export async function outcomeOf(read: () => Promise<unknown>): Promise<Outcome> {
  const before = peakBytes();
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new FuzzFailure(`hang: more than ${MAX_SECONDS} s`)), 1000 * MAX_SECONDS);
  });
  try {
    await Promise.race([read(), tooLate]);
    return "read";
  } catch (error) {
    return refusal(error);
  } finally {
    clearTimeout(late);
    const peak = peakBytes();
    if (peak > before && peak - startBytes > MAX_GROWTH)
      throw new FuzzFailure(`growth: ${Math.round((peak - startBytes) / 2 ** 20)} MiB`);
  }
}

function refusal(error: unknown): Outcome {
  if (error instanceof FuzzFailure) throw error;
  if (!(error instanceof WgraftError))
    throw new FuzzFailure(`raw error: ${describe(error)}`, { cause: error });
  const isForUser = error.code === "bad-input" || error.code === "not-supported";
  if (!isForUser) throw new FuzzFailure(`${error.code} error: ${error.message}`, { cause: error });
  if (error.message.includes("\n")) throw new FuzzFailure(`more than one line: ${error.message}`);
  return "refused";
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
