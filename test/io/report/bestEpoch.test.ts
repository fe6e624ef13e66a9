/** The best epoch of a training, against Keras's EarlyStopping (test/golden/callbacks/make.py). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BestEpoch } from "../../../src/io/report/bestEpoch.js";
import { goldenPath } from "../../support/golden.js";

interface Case {
  figures: (number | null)[];
  options: { patience?: number; [other: string]: unknown };
  ran: number;
  best: number;
}
const golden = JSON.parse(readFileSync(goldenPath("callbacks/callbacks.json"), "utf8")) as {
  early_stopping: Case[];
};
/** With a patience alone, and a figure for each epoch: what the command line has. */
const cases = golden.early_stopping.filter(
  ({ figures, options }) =>
    Object.keys(options).every((name) => name === "patience") && !figures.includes(null),
);

function run({ figures, options }: Case): { ran: number; best: number | undefined } {
  const best = new BestEpoch("val_loss");
  for (const [epoch, val_loss] of (figures as number[]).entries()) {
    best.see(epoch, { val_loss });
    if (best.wait >= (options.patience ?? 1)) return { ran: epoch + 1, best: best.epoch };
  }
  return { ran: figures.length, best: best.epoch };
}

describe("the best epoch", () => {
  it("has cases to be compared in", () => expect(cases.length).toBeGreaterThan(4));

  it.each(cases.map((c) => [JSON.stringify(c), c] as const))("is Keras's: %s", (_, c) => {
    expect(run(c)).toEqual({ ran: c.ran, best: c.best });
  });

  it("is never one without a number, and is waited for until there is one", () => {
    const best = new BestEpoch("loss");
    expect([NaN, NaN].map((loss, epoch) => best.see(epoch, { loss }))).toEqual([false, false]);
    expect([best.epoch, best.wait]).toEqual([undefined, 2]);
    expect(best.see(2, { loss: Infinity })).toBe(true);
    expect(best.see(3, { loss: 5 })).toBe(true);
    expect(best.see(4, { loss: NaN })).toBe(false);
    expect([best.epoch, best.value, best.wait]).toEqual([3, 5, 1]);
  });

  it("is found again in a history, from the epoch on that it was looked for", () => {
    const val_loss = [1, 3, NaN, 2, 2];
    const all = new BestEpoch("val_loss");
    all.replay({ loss: [9, 8, 7, 6, 5], val_loss }, 0);
    expect([all.epoch, all.wait]).toEqual([0, 4]);
    const later = new BestEpoch("val_loss");
    later.replay({ val_loss }, 1);
    expect([later.epoch, later.value, later.wait]).toEqual([3, 2, 1]);
  });
});
