/** Images of floats under random affine maps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { fillModes } from "../../../src/kernels/image/fillModes.js";
import { randomTransforms, type RandomTransformsAttrs } from "../../../src/kernels/image/randomTransforms.js";
import { warpImages } from "../../../src/kernels/image/warpImages.js";
import { tensor } from "../../../src/tensor.js";
import { philox4x32 } from "../../reference/philox.js";
import { uniform } from "../../reference/random.js";
import { warpAffine } from "../../reference/warpAffine.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe("warpImages", () => {
  const shape = [2, 7, 5, 3];
  const images = uniform(1, shape, -100, 300);
  const maps = [
    [0.9, 0.2, -1.3, 0, -0.15, 1.1, 0.7, 0],
    [-1, 0.3, 9.2, 0, 0.4, -0.8, 2.6, 0],
  ];
  const transforms = tensor(Float32Array.from(maps.flat()), [2, 8]);

  it.each(fillModes)("agrees with the reference: %s", async (fillMode) => {
    const attrs = { fillMode, cval: 12, interpolation: "bilinear" } as const;
    const [y] = await runOp(device, warpImages, [images, transforms], attrs);
    const size = 7 * 5 * 3;
    maps.forEach((map, i) => {
      const pixels = images.dataSync().subarray(i * size, (i + 1) * size);
      const matrix = [...map.slice(0, 3), ...map.slice(4, 7)];
      const { values, unsure } = warpAffine(
        { height: 7, width: 5, channels: 3, pixels },
        matrix,
        fillMode,
        12,
      );
      const got = y.dataSync().slice(i * size, (i + 1) * size);
      expectClose(
        got.map((value, k) => (unsure[k] ? 0 : value)),
        values.map((value, k) => (unsure[k] ? 0 : value)),
        { relative: 1e-5, absolute: 2e-3 },
      );
    });
  });

  it("takes the nearest pixel, where it is to", async () => {
    const shift = tensor([1, 0, -0.4, 0, 0, 1, 0.6, 0], [1, 8]);
    const one = tensor([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    const attrs = { fillMode: "nearest", cval: 0, interpolation: "nearest" } as const;
    const [y] = await runOp(device, warpImages, [one, shift], attrs);
    expect([...y.dataSync()]).toEqual([2, 3, 3, 5, 6, 6]);
  });
});

describe("randomTransforms", () => {
  const size = [6, 9] as const;
  const run = async (attrs: RandomTransformsAttrs, step = 3) =>
    (
      await runOp(device, randomTransforms, [tensor(new Uint32Array([step]), [1])], attrs)
    )[0].dataSync() as Float32Array;
  const place = { images: 5, size, seed: 2 ** 40 + 17, node: 6 };

  it("draws the map that the reference generator says", async () => {
    const all = {
      angle: [-1, 2],
      zoomHeight: [0.5, 1.5],
      zoomWidth: [0.25, 2],
      shiftHeight: [-3, 1],
      shiftWidth: [0, 4],
      flipHeight: true,
      flipWidth: true,
    } as const;
    const got = await run({ ...place, ...all });
    const expected = Array.from({ length: 5 }, (_, i) => {
      const key = [place.seed % 2 ** 32, Math.floor(place.seed / 2 ** 32)];
      const [first, second] = [0, 1].map((block) => philox4x32([i, 3, 6, block], key));
      const between = ([low, high]: readonly [number, number], word: number) =>
        low + ((high - low) * Math.floor(word / 256)) / 2 ** 24;
      const angle = between(all.angle, first[0]);
      const rows = between(all.zoomHeight, first[1]) * (second[2] >= 2 ** 31 ? -1 : 1);
      const columns = between(all.zoomWidth, first[2]) * (second[3] >= 2 ** 31 ? -1 : 1);
      const [down, right] = [between(all.shiftHeight, second[0]), between(all.shiftWidth, second[1])];
      // (row, column) of the result, from the middle, to the image's: zoomed and mirrored, then turned.
      const map = (r: number, c: number) => {
        const [u, v] = [rows * (r - 2.5 - down), columns * (c - 4 - right)];
        return [
          Math.cos(angle) * u + Math.sin(angle) * v + 2.5,
          -Math.sin(angle) * u + Math.cos(angle) * v + 4,
        ];
      };
      const [origin, down1, right1] = [map(0, 0), map(1, 0), map(0, 1)];
      return [0, 1].flatMap((k) => [down1[k] - origin[k], right1[k] - origin[k], origin[k], 0]);
    });
    expectClose(got, expected.flat(), { relative: 1e-3, absolute: 5e-3 });
  });

  it("gives the identity where nothing is to change, and the same zoom to both axes where it is to", async () => {
    const identity = [1, 0, 0, 0, 0, 1, 0, 0];
    expectClose(await run({ ...place, images: 1 }), identity);
    const [m00, , , , , m11] = await run({ ...place, images: 1, zoomHeight: [0.5, 2], zoomWidth: null });
    expect(m00).toBeCloseTo(m11, 6);
    expect(m00).not.toBeCloseTo(1, 3);
  });

  it("mirrors about half of the images, others at every step", async () => {
    const n = 400;
    const mirrored = async (step: number) =>
      Array.from(await run({ ...place, images: n, flipWidth: true }, step)).filter((_, i) => i % 8 === 5);
    const [first, second] = [await mirrored(1), await mirrored(2)];
    const share = first.filter((m) => m === -1).length / n;
    expect(Math.abs(share - 0.5)).toBeLessThan(2.5 / Math.sqrt(n));
    expect(first).not.toEqual(second);
    expect(first.every((m) => Math.abs(m) === 1)).toBe(true);
  });
});
