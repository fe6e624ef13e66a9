import { describe, expect, it } from "vitest";
import { fans, initialValues, initializer, type InitializerName } from "../../src/models/initializers.js";
import { mulberry32 } from "../../src/models/random.js";

const shape = [3, 3, 20, 50];
const [fanIn, fanOut] = [9 * 20, 9 * 50];

function draw(name: InitializerName): Float32Array {
  return initialValues(name, shape, mulberry32(1));
}

describe("fans", () => {
  it("count the window of a convolution", () => {
    expect(fans(shape)).toEqual([fanIn, fanOut]);
    expect(fans([7, 5])).toEqual([7, 5]);
    expect(fans([4])).toEqual([4, 4]);
  });
});

describe("initializers", () => {
  const uniform: [InitializerName, number][] = [
    ["GlorotUniform", Math.sqrt(6 / (fanIn + fanOut))],
    ["HeUniform", Math.sqrt(6 / fanIn)],
    ["LecunUniform", Math.sqrt(3 / fanIn)],
    ["RandomUniform", 0.05],
  ];
  it.each(uniform)("%s fills its interval evenly", (name, limit) => {
    const values = draw(name);
    const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(limit));
    expect(largest).toBeGreaterThan(0.99 * limit);
    const variance = values.reduce((s, v) => s + v * v, 0) / values.length;
    expect(variance / (limit ** 2 / 3)).toBeCloseTo(1, 1);
  });

  const normals: [InitializerName, number, number][] = [
    ["GlorotNormal", 2 / (fanIn + fanOut), 2],
    ["HeNormal", 2 / fanIn, 2],
    ["LecunNormal", 1 / fanIn, 2],
    ["RandomNormal", 0.05 ** 2, Infinity],
  ];
  it.each(normals)("%s has the variance it is named for, cut at two deviations", (name, wanted, cut) => {
    const values = draw(name);
    const variance = values.reduce((s, v) => s + v * v, 0) / values.length;
    expect(variance / wanted).toBeCloseTo(1, 1);
    const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    // The cut is at two deviations of the normal that is cut; its variance is then brought back up.
    if (cut === 2) expect(largest).toBeLessThan((2.0001 / 0.8796) * Math.sqrt(wanted));
    else expect(largest).toBeGreaterThan(3 * Math.sqrt(wanted));
  });

  it.each<[mode: string, distribution: string, fan: number, largest: number]>([
    ["fan_in", "truncated_normal", fanIn, 2.2741],
    ["fan_out", "truncated_normal", fanOut, 2.2741],
    ["fan_avg", "uniform", (fanIn + fanOut) / 2, Math.sqrt(3)],
    ["fan_out", "untruncated_normal", fanOut, Infinity],
  ])("VarianceScaling by %s, %s, has the variance it is given", (mode, distribution, fan, largest) => {
    const scaling = { className: "VarianceScaling", config: { scale: 2, mode, distribution } } as const;
    expect(initializer.read(scaling)).toEqual(scaling);
    const values = initialValues(scaling, shape, mulberry32(1));
    const deviation = Math.sqrt(2 / fan);
    const variance = values.reduce((s, v) => s + v * v, 0) / values.length;
    expect(variance / deviation ** 2).toBeCloseTo(1, 1);
    const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) / deviation;
    expect(most).toBeLessThanOrEqual(largest);
    expect(most).toBeGreaterThan(largest === Infinity ? 3 : 0.95 * largest);
  });

  it("VarianceScaling takes Keras's words only", () => {
    const scaling = (config: object) => initializer.read({ className: "VarianceScaling", config });
    expect(scaling({ mode: "fan_max" })).toBeUndefined();
    expect(scaling({ distribution: 1 })).toBeUndefined();
    expect(scaling({ scale: "2" })).toBeUndefined();
  });

  it("repeat with their seed", () => {
    expect(draw("GlorotUniform")).toEqual(draw("GlorotUniform"));
    expect(initialValues("Zeros", [3], Math.random)).toEqual(new Float32Array(3));
    expect(initialValues("Ones", [2], Math.random)).toEqual(Float32Array.of(1, 1));
  });
});
