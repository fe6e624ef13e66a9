import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

/** Runs scripts/ensure-adapter.sh. `npm test` ran it before, so here it finds an adapter and installs nothing. */
function ensureAdapter(env: Record<string, string> = {}) {
  const result = spawnSync("bash", ["scripts/ensure-adapter.sh"], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status: result.status, stderr: result.stderr };
}

describe("scripts/ensure-adapter.sh", () => {
  it("names the adapter that is there", () => {
    const { status, stderr } = ensureAdapter();
    expect(stderr).toMatch(/^setup: GPU adapter: \S+/m);
    expect(status).toBe(0);
  });

  // The Vulkan loader exists on Linux only; elsewhere Dawn talks to Metal or Direct3D, whatever this variable says.
  it("says so and exits 3 where the chosen Vulkan driver does not work", () => {
    const { status, stderr } = ensureAdapter({ VK_DRIVER_FILES: "/nowhere/icd.json", VK_ICD_FILENAMES: "" });
    if (process.platform === "linux") {
      expect(stderr).toContain("no usable GPU adapter: the driver that VK_DRIVER_FILES");
      expect(status).toBe(3);
    } else {
      expect(status).toBe(0);
    }
  });
});
