/** Configurations of more than any model has: refused, or built in time that grows with their length. */
import { describe, expect, it } from "vitest";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { Normalization } from "../../src/models/layers/preprocessing/normalization.js";
import type { Model } from "../../src/models/model.js";
import { buildModel } from "../../src/models/saving/load.js";

const origin = { file: "x.keras", kerasVersion: "3.15.1" };
const built = (json: unknown): Model => buildModel(parseModelConfig(json, origin.file), origin);

/** Seconds that this process worked. */
function cpuSeconds(action: () => unknown): number {
  const started = process.cpuUsage();
  action();
  return process.cpuUsage(started).user / 1e6;
}

const input = (name: string) => ({
  class_name: "InputLayer",
  name,
  config: { name, batch_shape: [null, 2], dtype: "float32" },
  inbound_nodes: [],
});
const on = (className: string, name: string, ...calls: unknown[][]) => ({
  class_name: className,
  name,
  config: { name },
  inbound_nodes: calls,
});
const functional = (layers: object[], outputs: unknown[], inputs: unknown[] = [["i0", 0, 0]]) => ({
  class_name: "Functional",
  config: { name: "m", layers, input_layers: inputs, output_layers: outputs },
});
const sequential = (...layers: object[]) => ({ class_name: "Sequential", config: { name: "m", layers } });
const relu = (name: string) => ({ class_name: "ReLU", config: { name } });
const numbered = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));

describe("layers", () => {
  it("are 10,000 at most, inner models' included", () => {
    const tooMany = /^x\.keras: a model of more than 10000 layers$/;
    expect(() => parseModelConfig(sequential(...numbered(10_001, () => ({}))), "x.keras")).toThrow(tooMany);
    const inner = (name: string) => sequential(...numbered(5000, (i) => relu(`${name}${i}`)));
    expect(() => parseModelConfig(sequential(inner("a"), inner("b")), "x.keras")).toThrow(tooMany);
  });

  it("are called on 1000 tensors at most", () => {
    const sum = (count: number) =>
      functional([input("i0"), on("Add", "sum", Array(count).fill(["i0", 0, 0]))], [["sum", 0, 0]]);
    expect(built(sum(1000)).outputShape).toEqual([2]);
    expect(() => built(sum(1001))).toThrow(/^x\.keras: layer sum is called on more than 1000 tensors$/);
  });

  it("are connected in time that grows with their number, in whatever order they stand", () => {
    const name = (i: number) => (i === 0 ? "i0" : `relu${i}`);
    const layers = numbered(3000, (i) => on("ReLU", name(i + 1), [[name(i), 0, 0]]));
    const reversed = functional([...layers.reverse(), input("i0")], [["relu3000", 0, 0]]);
    let model: Model | undefined;
    expect(cpuSeconds(() => (model = built(reversed)))).toBeLessThan(5);
    expect(model!.layers.map((layer) => layer.name)).toEqual(numbered(3001, name));
  });
});

it("lists of 100,000 numbers are no matter of minutes", async () => {
  const dims = numbered(100_000, (i) => i + 1);
  const permute = sequential(input("i0"), { class_name: "Permute", config: { name: "p", dims } });
  expect(
    cpuSeconds(() => {
      expect(() => built(permute)).toThrow(/expected an input of 100000 axes/);
    }),
  ).toBeLessThan(2);

  const layer = new Normalization({ mean: dims, variance: dims });
  expect(await layer.largestMean()).toBe(100_000);
});
