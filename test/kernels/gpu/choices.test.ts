/** Who decides which variant is launched, and the record of it. */
import { describe, expect, it } from "vitest";
import { KernelChoices } from "../../../src/kernels/gpu/choices.js";
import type { Tunable } from "../../../src/kernels/gpu/tuning.js";

const tunable = (key: string, choice?: string): Tunable => ({
  key,
  inputs: [],
  variants: ["a", "b"],
  choice,
});
const table = (variant: string, ...keys: string[]) => new Map(keys.map((key) => [key, variant]));

describe("choices of kernels", () => {
  it("are those of the earliest pin, then measured ones, then those of the architecture", () => {
    const choices = new KernelChoices(table("measured", "x", "y", "z"), table("known", "x", "v"));
    const of = (key: string) => choices.get(key);
    expect(["x", "v", "u"].map(of)).toEqual(["measured", "known", undefined]);
    expect(choices.isPinned).toBe(false);
    const unpin = choices.pin(table("first", "x"));
    const unpinSecond = choices.pin(table("second", "x", "y"));
    expect(["x", "y", "z"].map(of)).toEqual(["first", "second", "measured"]);
    unpin();
    expect([of("x"), choices.isPinned]).toEqual(["second", true]);
    unpinSecond();
    unpinSecond();
    expect([of("x"), choices.isPinned]).toEqual(["measured", false]);
  });

  it("are recorded as they are launched, the heuristic's included, until the recording ends", () => {
    const choices = new KernelChoices();
    const recording = choices.record();
    choices.launched([tunable("x", "b"), tunable("y")]);
    recording.end();
    choices.launched([tunable("z")]);
    expect([...recording.kernels]).toEqual([
      ["x", "b"],
      ["y", "a"],
    ]);
  });

  it("count those pinned that are not valid here", () => {
    const choices = new KernelChoices();
    choices.pin(table("tensor", "x", "y"));
    expect(choices.launched([tunable("x"), tunable("x"), tunable("y"), tunable("z")])).toBe(2);
    expect(choices.launched([tunable("z", "b")])).toBe(0);
  });
});
