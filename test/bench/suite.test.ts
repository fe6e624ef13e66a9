/** What the suite does with items that cannot be measured. */
import { expect, it } from "vitest";
import type { Item } from "../../bench/item.js";
import { runSuite } from "../../bench/suite.js";
import { WgraftError } from "../../src/errors.js";
import type { Device } from "../../src/kernels/gpu/device.js";

function failing(name: string, error: Error, optional: boolean): Item {
  return { name, group: "job", optional, measure: () => Promise.reject(error) };
}

it("leaves out, with a note, what is optional and not supported; all else is a failure", async () => {
  const unsupported = new WgraftError("not-supported", "has no shader-f16");
  const items = [
    failing("optional", unsupported, true),
    failing("needed", unsupported, false),
    failing("broken", new WgraftError("internal", "does not compile"), true),
  ];
  const skipped: string[] = [];
  // None of these looks at the device.
  const { failures, figures } = await runSuite({} as Device, items, {
    quick: true,
    onSkip: (name, reason) => skipped.push(`${name}: ${reason}`),
  });
  expect(skipped).toEqual(["optional: has no shader-f16"]);
  expect(failures.map(({ name }) => name)).toEqual(["needed", "broken"]);
  expect(figures).toEqual([]);
});
