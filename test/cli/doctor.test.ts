import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli } from "./cli.js";

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.build();
});
afterAll(() => cli.remove());

interface Report {
  ok: boolean;
  host: { node: string; webgpu: string };
  adapter: { name: string; features: string[]; limits: Record<string, number> };
  selfTest: { error: number; tolerance: number };
}

describe("wgraft doctor", () => {
  it("describes the adapter and computes a product on it", async () => {
    const report = await cli.json<Report>(["doctor"]);
    expect(report.ok).toBe(true);
    expect(report.host.node).toBe(process.version);
    expect(report.host.webgpu).toMatch(/^\d+\.\d+\.\d+$/);
    expect(report.adapter.name).not.toBe("");
    expect(report.adapter.features).toContain("core-features-and-limits");
    expect(report.adapter.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
    expect(report.selfTest.error).toBeLessThan(report.selfTest.tolerance);
  });

  it("prints the same for people", async () => {
    const { code, stdout } = await cli.run(["doctor"]);
    expect(code).toBe(0);
    for (const word of ["node", "webgpu", "driver", "toggles", "subgroupSizes", "subgroupMatrixConfigs"])
      expect(stdout).toMatch(new RegExp(`^  ${word} `, "m"));
    expect(stdout).toMatch(/^self-test passed/m);
  });

  it("says why there is no adapter and what to install, with exit code 3", async () => {
    const env = { VK_DRIVER_FILES: "/nowhere/icd.json", VK_ICD_FILENAMES: "/nowhere/icd.json" };
    const { code, stdout } = await cli.run(["doctor", "--json"], { env });
    expect(code).toBe(3);
    const report = JSON.parse(stdout) as { ok: boolean; adapter: null; error: string; findings: string[] };
    expect(report).toMatchObject({ ok: false, adapter: null });
    expect(report.error).toMatch(/no usable GPU adapter: install .*mesa-vulkan-drivers/);
    expect(report.findings.join("\n")).toContain("/nowhere/icd.json");
  });

  it("finds no adapter of a name that none has; so do the other commands", async () => {
    const doctor = await cli.run(["doctor", "--adapter", "no such card"]);
    expect([doctor.code, doctor.stdout]).toEqual([3, expect.stringContaining('contains "no such card"')]);
    // The drivers are well: it names the adapters that there are.
    expect(doctor.stdout).toMatch(/"no such card": there is \S/);
    expect(doctor.stdout).not.toMatch(/install|driver/i);
    const model = "test/golden/keras/tiny_vgg_compiled.h5";
    const predict = await cli.run(["predict", "--model", model, "a.jpg", "--adapter", "no such card"]);
    expect(predict.code).toBe(3);
    expect(predict.stderr).toMatch(/^wgraft: no GPU adapter whose name contains "no such card": .*\n$/);
  });
});
