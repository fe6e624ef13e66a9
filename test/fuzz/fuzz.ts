import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formats, readCase, type Format, type FormatName } from "./formats.js";
import { outcomeOf, type Outcome } from "./outcome.js";

/** Cases of a format, the same ones each time. scripts/fuzz.mjs runs others. */
const CASES = 300;

/** Damaged files are read or refused with an error for the user, and nothing else happens. */
export function fuzz(names: readonly FormatName[]): void {
  describe.each(names)("%s", (name) => {
    it(`${CASES} damaged files`, { timeout: 900_000 }, async () => {
      const format: Format = formats[name];
      const folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
      const counts: Record<Outcome, number> = { read: 0, refused: 0 };
      const property = fc.asyncProperty(format.files, async (file) => {
        const bytes = await file;
        counts[await outcomeOf(() => readCase(format, bytes, folder))]++;
      });
      try {
        await fc.assert(property, { numRuns: CASES, seed: 17 });
      } finally {
        await rm(folder, { recursive: true });
      }
      // Damage that never matters, or always does before anything is parsed, tests nothing.
      expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(CASES / 50);
    });
  });
}
