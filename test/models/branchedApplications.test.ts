/** The networks with branches, layer by layer as Keras builds them. */
import { describe, expect, it } from "vitest";
import { applications, type ApplicationName } from "../../src/models/applications/index.js";
import type { Model } from "../../src/models/model.js";
import { summaryData } from "../../src/models/summary.js";
import files from "../golden/applications.json" with { type: "json" };
import golden from "../golden/applicationLayers.json" with { type: "json" };

type GoldenLayer = [name: string, className: string, shape: number[], inbound: number[]];

/** Names apart: Keras's input is "input_layer" since version 3, "input_1" in the published files. */
const nameOf = (name: string) => (name === "input_layer" ? "input_1" : name);

/** A sum or a product with a number, which is no layer in Keras. */
const isOperation = (className: string) => className.startsWith("op:");

function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

function layersOf({ calls }: Model) {
  return calls
    .map(({ layer, inputs, outputs }) => {
      const inbound = inputs.map((tensor) => tensor.layer.name);
      return [layer.name, layer.className, outputs[0].shape, inbound];
    })
    .sort(byName);
}

describe.each(golden.applications)("$application", (keras) => {
  const { application: name, inputShape } = keras;
  const app = applications[name as ApplicationName];
  const base = app.build({ includeTop: false, inputShape });

  it("has Keras's layers, shapes and connections", () => {
    const pooled = app.build({ includeTop: false, inputShape, pooling: "avg" });
    const layers = keras.layers as GoldenLayer[];
    const wanted = layers.map(([layer, className, shape, inbound]) => {
      const ours = isOperation(className) ? "Rescaling" : className;
      return [nameOf(layer), ours, shape, inbound.map((i) => nameOf(layers[i][0]))];
    });
    expect(layersOf(pooled)).toEqual(wanted.sort(byName));
    expect(pooled.name).toBe(keras.modelName);
  });

  it("has Keras's counts, without and with the top", () => {
    const { totalParams, trainableParams } = summaryData(base);
    expect([totalParams, trainableParams]).toEqual([keras.params, keras.trainableParams]);
    const whole = app.build();
    expect(summaryData(whole).totalParams).toBe(keras.paramsWithTop);
    const operations = keras.layers.filter(([, className]) => isOperation(String(className))).length;
    expect(whole.layers.length - operations).toBe(keras.layersWithTop);
    expect(whole.weights).toHaveLength(keras.weightsWithTop);
    expect(whole.outputShape).toEqual([1000]);
  });

  it("has Keras's files, size and preprocessing", () => {
    const file = files.applications.find(({ application }) => application === name)!;
    expect(app.name).toBe(name);
    expect(app.weights({})).toEqual(file.files.top);
    expect(app.weights({ includeTop: false })).toEqual(file.files.no_top);
    expect(app.preprocess).toBe(file.preprocess);
    if (file.defaultSize !== null) expect(app.defaultSize).toBe(file.defaultSize);
  });

  it("is described as it is built", () => {
    const names = base.layers.map((layer) => layer.name);
    expect(names.at(-1)).toBe(app.featureLayer);
    expect(names).toEqual(expect.arrayContaining(app.blocks.map((block) => block.last)));
    expect(app.blocks.at(-1)!.last).toBe(app.featureLayer);
    const ends = app.blocks.map((block) => names.indexOf(block.last));
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });

  it("needs an image of some size", () => {
    const build = (side: number) => app.build({ includeTop: false, inputShape: [side, side, 3] });
    expect(Math.min(...build(app.smallestSize).outputShape)).toBeGreaterThan(0);
    expect(() => build(app.smallestSize - 1)).toThrow(expect.objectContaining({ code: "usage" }));
  });
});
