/** `wgraft bench --tune`, on what of VGG16 takes no time: the head's products. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableLines, type TunedFigure } from "../../bench/tune.js";
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
    const args = ["bench", "--tune", "--quick", "--only", "^mat_mul", "--json"];
    for (let run = 0; run < 2; run++) {
      const { code, stdout, stderr } = await cli.run(args, { env });
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/^tuning 3 kernels for .*, once\n1\/3 mat_mul /),
      ]);
      const { tuned } = JSON.parse(stdout) as { tuned: TunedFigure[] };
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
    expect(tableLines([{ op: "conv2d", shapes: "1×2×2×1", variants, choice: "f4 workgroup" }])).toEqual([
      "kernel  inputs   variant                             time  speed",
      "conv2d  1×2×2×1  direct workgroup                 12.0 ms  1.00×  heuristic",
      "                 f4 workgroup                     4.00 ms  3.00×  chosen",
      "                 f2 workgroup      over the memory budget",
    ]);
  });
});
