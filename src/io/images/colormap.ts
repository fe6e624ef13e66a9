/** Colors for numbers from 0 to 1. */

/**
 * Matplotlib's maps (bids.github.io/colormap, CC0) at 17 equal steps: of evenly rising lightness, so that more is brighter in
 * grey, too, and for people who confuse red and green.
 */
const steps = {
  inferno:
    "000004 0b0724 210c4a 3c0a65 57106d 70196e 89226a a32c61 bb3755 d14545 e45933 f1721e fa8d0b fcab10 f9ca33 f2e865 fcffa4",
  viridis:
    "440154 48196b 472d7b 424086 3b528b 33638d 2c728e 27828e 21918d 1f9f88 28ae80 3ebc74 5dc963 82d34c abdc32 d5e21b fde725",
} as const;

export type ColormapName = keyof typeof steps;

/** Red, green and blue (0 to 255) of 256 numbers from 0 to 1, one after the other. */
export function colormap(name: ColormapName): Uint8Array {
  const colors = steps[name].split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (colors.length - 1);
    const below = Math.min(colors.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const [low, high] = [colors[below][c], colors[below + 1][c]];
      table[i * 3 + c] = Math.round(low + (high - low) * (at - below));
    }
  }
  return table;
}
