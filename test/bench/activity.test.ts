import { describe, expect, it } from "vitest";
import { busiest, describeActivity, isBusy, observeActivity } from "../../bench/activity.js";

describe("what else runs", () => {
  it("is what takes most, without the suite and its children", () => {
    const process = (pid: number, parent: number, cpu: number) => ({ pid, parent, cpu, name: `p${pid}` });
    const processes = [
      ...[process(10, 1, 90), process(11, 10, 80), process(13, 11, 70)],
      ...[process(20, 1, 4.9), process(21, 1, 5), process(22, 21, 60.4)],
      ...[30, 31, 32, 33].map((pid) => process(pid, 1, pid)),
    ];
    expect(busiest(processes, 10).map(({ name, cpu }) => `${name} ${cpu}`)).toEqual([
      ...["p22 60", "p33 33", "p32 32", "p31 31", "p30 30"],
    ]);
  });

  it("is seen on this machine: a process that does nothing else is busy", async () => {
    const { spawn } = await import("node:child_process");
    // The child of a shell that is gone is nobody's.
    const shell = spawn("sh", [
      "-c",
      `"${process.execPath}" -e "const end = Date.now() + 3000; while (Date.now() < end);" &`,
    ]);
    await new Promise((resolve) => shell.on("exit", resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { load, busy } = await observeActivity();
    expect(load).toHaveLength(3);
    expect(busy?.length).toBeGreaterThan(0);
    expect(busy?.every(({ name, cpu }) => name !== "" && cpu >= 5)).toBe(true);
  });

  it("disturbs where it takes half a core, or the load says so where nothing else does", () => {
    const load = [0.4, 0, 0];
    expect(isBusy({ load, busy: [] })).toBe(false);
    expect(isBusy({ load: [7, 0, 0], busy: [] })).toBe(false);
    expect(
      isBusy({
        load,
        busy: [
          { name: "a", cpu: 30 },
          { name: "b", cpu: 20 },
        ],
      }),
    ).toBe(true);
    expect([isBusy({ load, busy: null }), isBusy({ load: [1, 0, 0], busy: null })]).toEqual([false, true]);
    expect(describeActivity({ load, busy: [] }, 8)).toBe("load 0.4 on 8 cores, nothing else busy");
    expect(describeActivity({ load, busy: [{ name: "a", cpu: 30 }] }, 8)).toBe(
      "load 0.4 on 8 cores, busy: a 30%",
    );
    expect(describeActivity({ load, busy: null }, 8)).toBe("load 0.4 on 8 cores, other processes unknown");
  });
});
