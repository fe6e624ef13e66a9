/** RGB to grey RGB by Pillow's formula for `convert("L")`, ITU-R 601-2 in 16 bits, rounded. Grey stays what it is. */
export function rgbToGrey(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const level = (rgb[i] * 19595 + rgb[i + 1] * 38470 + rgb[i + 2] * 7471 + 0x8000) >> 16;
    grey.fill(level, i, i + 3);
  }
  return grey;
}

/** Grey to RGB, `pixels` samples of one byte each. */
export function greyToRgb(grey: Uint8Array, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb[i * 3] = rgb[i * 3 + 1] = rgb[i * 3 + 2] = grey[i];
  return rgb;
}

/**
 * 16-bit grey to RGB as Pillow's `convert("RGB")` does it: values above 255 become 255, nothing is rescaled. Odd, but it
 * is what a model trained by Keras on such files has seen.
 */
export function grey16ToRgb(samples: Uint16Array): Uint8Array {
  const rgb = new Uint8Array(samples.length * 3);
  for (let i = 0; i < samples.length; i++)
    rgb[i * 3] = rgb[i * 3 + 1] = rgb[i * 3 + 2] = Math.min(samples[i], 255);
  return rgb;
}

/** CMYK (0 = no ink) to RGB by Pillow's formula, which knows no colour profile: (255 − K)(255 − C) / 255, rounded its way. */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const pixels = cmyk.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - cmyk[i * 4 + 3];
    for (let c = 0; c < 3; c++) {
      const product = cmyk[i * 4 + c] * light + 128;
      rgb[i * 3 + c] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}
