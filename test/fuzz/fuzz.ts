import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { formats, readCase, type Format, type FormatName } from "./formats.js";
import { outcomeOf, type Outcome } from "./outcome.js";

/** Cases of a format, the same ones each time. scripts/fuzz.mjs runs others. */
const CASES = 300;

/** Damaged files are read or refused with an error for the user, and nothing else happens. */
export function fuzz(names: readonly FormatName[]): void {
  describe.each(names)("%s", (name) => {
    it(`${CASES} damaged files`, { timeout: 900_000 }, async () => {
      const format: Format = formats[name];
      // Models whose optimizer was damaged are loaded with a warning.
      vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
      const folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
      const counts: Record<Outcome, number> = { read: 0, refused: 0 };
      const property = fc.asyncProperty(format.files, async (file) => {
        const bytes = await file;
        counts[await outcomeOf(() => readCase(format, bytes, folder))]++;
      });
      try {
        // Without the bytes of the case, which would fill the screen.
        const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, {
          numRuns: CASES,
          seed: 17,
        });
        if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}`, { cause: errorInstance });
      } finally {
        vi.restoreAllMocks();
        await rm(folder, { recursive: true });
      }
      // Damage that never matters, or always does before anything is parsed, tests nothing.
      expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(CASES / 50);
    });
  });
}
