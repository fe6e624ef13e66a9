/** What a preset chooses, and what it leaves. */
import { expect, it } from "vitest";
import { checkOptions } from "../../../src/options/checkOptions.js";
import { optionsOf } from "../../../src/options/fields.js";
import { choices, presets } from "../../../src/transfer/defaults.js";
import { baseFields } from "../../../src/transfer/options.js";
import { trainingFields, type TrainingOptions } from "../../../src/transfer/training/options.js";
import { withPreset } from "../../../src/transfer/training/preset.js";
import type { BaseOptions } from "../../../src/transfer/options.js";

type Options = TrainingOptions & BaseOptions;

function choose(options: Options, takesBase = true) {
  const notes: string[] = [];
  const { onNote, ...chosen } = withPreset<Options>(
    { ...options, onNote: (note: string) => void notes.push(note) },
    takesBase,
  );
  expect(onNote).toBeDefined();
  return { chosen, notes };
}

const training = { optimizer: "adam", learningRate: 1e-3, earlyStop: 5, classWeight: "balanced" };

it("chooses what is not given, and names each value", () => {
  const { chosen, notes } = choose({ preset: "quick" });
  expect(chosen).toEqual({
    ...{ preset: "quick", app: "mobilenetv3large", size: 224, pooling: "avg" },
    ...training,
  });
  expect(notes).toEqual([
    "preset quick: `app` mobilenetv3large, `size` 224, `pooling` avg, `optimizer` adam, `learningRate` 0.001, " +
      "`earlyStop` 5, `classWeight` balanced",
  ]);
});

it("leaves what is given, and another base its own size", () => {
  const { chosen, notes } = choose({ preset: "quick", app: "vgg16", learningRate: 1e-4 });
  expect(chosen).toEqual({
    ...{ preset: "quick", app: "vgg16", pooling: "avg" },
    ...training,
    learningRate: 1e-4,
  });
  expect(notes[0]).not.toMatch(/`app`|`size`|`learningRate`/);
});

it("chooses no base for features, nor for a model that has its own", () => {
  expect(choose({ preset: "quick" }, false).chosen).toEqual({ preset: "quick", ...training });
  expect(choose({ preset: "quick", init: "m.h5" }).chosen).toEqual({
    ...{ preset: "quick", init: "m.h5" },
    ...training,
  });
});

it("changes nothing of a run that is resumed, nor without being asked for", () => {
  const resumed = choose({ preset: "quick", resume: true, out: "run" });
  expect(resumed.chosen).toEqual({ preset: "quick", resume: true, out: "run" });
  expect(resumed.notes).toEqual([expect.stringMatching(/`preset` changes none/)]);
  expect(choose({ epochs: 3 })).toEqual({ chosen: { epochs: 3 }, notes: [] });
});

it("has values that training takes", () => {
  const table = optionsOf<Options>("training").fields({ ...baseFields, ...trainingFields });
  expect(choices.preset).toEqual(Object.keys(presets));
  for (const values of Object.values(presets)) expect(checkOptions(table, values)).toMatchObject(values);
});
