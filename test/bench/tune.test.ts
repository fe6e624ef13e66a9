/** `wgraft bench --tune`, on what of VGG16 takes no time: the head's products. */
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableLines } from "../../bench/tune.js";
import { readTuningReport, type TunedFigure } from "../../bench/tuningReport.js";
import { withReport, type Ledger } from "../../scripts/ledger.js";
import { knownChoices } from "../../src/kernels/gpu/ledger.js";
import { Cli } from "../cli/cli.js";
import { temporaryFolder } from "../support/images.js";

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.build();
});
afterAll(() => cli.remove());

describe("wgraft bench --tune", () => {
  it("times all variants, whatever was chosen before, and keeps the fastest", async () => {
    const cache = await temporaryFolder();
    const env = {
      XDG_CACHE_HOME: cache,
      MESA_SHADER_CACHE_DIR: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
      WGRAFT_NO_AUTOTUNE: undefined,
    };
    const file = join(cache, "tuned.json");
    const args = ["bench", "--tune", "--quick", "--only", "^mat_mul", "--json", "--out", file];
    for (let run = 0; run < 2; run++) {
      const { code, stdout, stderr } = await cli.run(args, { env });
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^1\/3 mat_mul /)]);
      const { tuned } = JSON.parse(stdout) as { tuned: TunedFigure[] };
      expect((await readTuningReport(file)).tuned).toEqual(tuned);
      expect(tuned.map(({ op }) => op)).toEqual(["mat_mul", "mat_mul", "mat_mul"]);
      for (const { variants, choice } of tuned) {
        expect(variants.map(({ variant }) => variant)).toContain(choice);
        expect(variants.every(({ milliseconds }) => milliseconds! > 0)).toBe(true);
      }
      const kept = JSON.parse(await readFile(join(cache, "wgraft", "tuning.json"), "utf8")) as {
        platforms: Record<string, Record<string, string>>;
      };
      expect(Object.values(Object.values(kept.platforms)[0]).sort()).toEqual(
        tuned.map(({ choice }) => choice).sort(),
      );
    }
  });

  it("is refused without autotune, and for names that nothing has", async () => {
    const refused = await cli.run(["bench", "--tune", "--no-autotune"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/--no-autotune forbids/)]);
    const env = { WGRAFT_NO_AUTOTUNE: undefined, XDG_CACHE_HOME: await temporaryFolder() };
    const nothing = await cli.run(["bench", "--tune", "--only", "nonsense"], { env });
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringMatching(/--only nonsense: nothing/)]);
  });

  it("prints a line a variant", () => {
    const variants = [
      { variant: "direct workgroup", milliseconds: 12, problem: null },
      { variant: "f4 workgroup", milliseconds: 4, problem: null },
      { variant: "f2 workgroup", milliseconds: null, problem: "over the memory budget" },
    ];
    expect(
      tableLines([{ op: "conv2d", key: "k", shapes: "1×2×2×1", variants, choice: "f4 workgroup" }]),
    ).toEqual([
      "kernel  inputs   variant                             time  speed",
      "conv2d  1×2×2×1  direct workgroup                 12.0 ms  1.00×  heuristic",
      "                 f4 workgroup                     4.00 ms  3.00×  chosen",
      "                 f2 workgroup      over the memory budget",
    ]);
  });
});

describe("the ledger of kernels", () => {
  const report = (date: string, choices: Readonly<Record<string, string | null>>) => ({
    ...{
      schema: 1,
      kind: "tuning",
      date,
      wgraft: "1.0.0",
      webgpu: "0.6.2",
      commit: null,
      toggles: [],
      batch: 20,
    },
    adapter: { name: "Card: driver 1", vendor: "Maker", architecture: "arch-2", software: false },
    tuned: Object.entries(choices).map(([key, choice]) => ({
      ...{ op: "conv2d", shapes: "", key, choice },
      variants: ["direct", "f2"].map((variant) => ({ variant, milliseconds: 1, problem: null })),
    })),
  });
  const empty: Ledger = { schema: 1, architectures: {} };

  it("keeps what beats the heuristic, by architecture, and forgets what no longer does", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "tuned.json");
    await writeFile(
      path,
      JSON.stringify(report("2026-01-02T03:04:05Z", { b: "f2", a: "f2", c: "direct", d: null })),
    );
    const first = withReport(empty, await readTuningReport(path));
    const source = { adapter: "Card: driver 1", wgraft: "1.0.0", date: "2026-01-02" };
    expect(first.architectures).toEqual({
      "maker arch-2": { from: [source], choices: { a: "f2", b: "f2" } },
    });
    await writeFile(path, JSON.stringify(report("2026-02-02T03:04:05Z", { b: "direct", c: "f2" })));
    const second = withReport(first, await readTuningReport(path));
    expect(second.architectures["maker arch-2"]).toEqual({
      from: [{ ...source, date: "2026-02-02" }],
      choices: { a: "f2", c: "f2" },
    });
  });

  it.each([
    ["no JSON", "{"],
    ["figures", JSON.stringify({ schema: 1, figures: [] })],
  ])("refuses %s", async (_, text) => {
    const path = join(await temporaryFolder(), "tuned.json");
    await writeFile(path, text);
    await expect(readTuningReport(path)).rejects.toMatchObject({ code: "bad-input" });
  });

  it("has nothing for an architecture that nobody has measured", () => {
    expect(knownChoices({ vendor: "nobody", architecture: "constructor" }).size).toBe(0);
    expect(knownChoices({ vendor: "", architecture: "constructor" }).size).toBe(0);
  });
});
