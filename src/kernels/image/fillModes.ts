/**
 * What lies outside an image, as in scipy.ndimage and Keras: `nearest` aaaa|abcd|dddd, `constant` kkkk|abcd|kkkk,
 * `reflect` dcba|abcd|dcba, `wrap` repeats the image, its last pixel on the first of the next. A mode's index is the value
 * of `override fill_mode` in wgsl/image/warp_affine.wgsl.
 */
export const fillModes = ["nearest", "constant", "reflect", "wrap"] as const;
export type FillMode = (typeof fillModes)[number];
