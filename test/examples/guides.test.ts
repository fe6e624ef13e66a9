/** Every program of examples/guides, in a project as a user has it. */
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Project } from "./project.js";

let project: Project;
beforeAll(async () => {
  project = await Project.create();
});
afterAll(() => project.remove());

const guides: Readonly<Record<string, () => Promise<void>>> = {
  "own-layer": async () => {
    const output = await project.guide("own-layer", ["--out", "own.h5"]);
    expect(output).toMatch(/^trained: loss \d\.\d{4}, \d\.\d{4}, \d\.\d{4}$/m);
    expect(output).toContain("loaded from own.h5: the same predictions\n");
    expect(output).toContain("Swish: there is no option Beta; did you mean beta?\n");
  },
};

it.each(Object.keys(guides))("%s", (name) => guides[name]());

it("there is no other guide", async () => {
  expect(await readdir("examples/guides")).toEqual(Object.keys(guides).map((name) => `${name}.ts`));
});
