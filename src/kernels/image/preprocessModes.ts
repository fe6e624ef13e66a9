/**
 * How pixels 0…255 become the input of a network. Data only, which loads in no time: the conversions on the GPU and on
 * the host, the checks, the choices of the command line, its help and the documentation follow from the table.
 */

/** One value for each channel of the result. */
export type PerChannel = readonly [number, number, number];

/** y = x · scale − offset, channel by channel. A value for each channel, or another order, asks for three channels. */
export interface PreprocessModeData {
  /** For help texts and documentation. */
  readonly summary: string;
  /** Order of the result's channels; the pixels' is RGB. */
  readonly channelOrder: "RGB" | "BGR";
  readonly scale: number | PerChannel;
  readonly offset: number | PerChannel;
}

/** Those of keras.applications (`caffe`, `tf`, `torch`), the 1/255 of Keras's examples, and pixels as they are. */
export const preprocessModes = {
  rescale: { summary: "x / 255", channelOrder: "RGB", scale: 1 / 255, offset: 0 },
  caffe: {
    summary: "BGR minus ImageNet's mean",
    channelOrder: "BGR",
    scale: 1,
    offset: [103.939, 116.779, 123.68],
  },
  tf: { summary: "x / 127.5 − 1", channelOrder: "RGB", scale: 1 / 127.5, offset: 1 },
  torch: {
    summary: "x / 255, minus ImageNet's mean, over its standard deviation",
    channelOrder: "RGB",
    scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
    offset: [0.485 / 0.229, 0.456 / 0.224, 0.406 / 0.225],
  },
  none: { summary: "x as it is", channelOrder: "RGB", scale: 1, offset: 0 },
} as const satisfies Readonly<Record<string, PreprocessModeData>>;

export type PreprocessMode = keyof typeof preprocessModes;

/** A mode with nothing left to look up. */
export interface Conversion {
  readonly reverse: boolean;
  readonly scale: PerChannel;
  readonly offset: PerChannel;
  /** Whether the channels are treated differently, so that there have to be three. */
  readonly needsRgb: boolean;
}

/** @param scale that of mode `rescale`. Default 1/255 */
export function conversionOf(mode: PreprocessMode, scale?: number): Conversion {
  const data: PreprocessModeData = preprocessModes[mode];
  const factor = mode === "rescale" ? (scale ?? data.scale) : data.scale;
  const reverse = data.channelOrder === "BGR";
  return {
    reverse,
    scale: perChannel(factor),
    offset: perChannel(data.offset),
    needsRgb: reverse || typeof factor === "object" || typeof data.offset === "object",
  };
}

function perChannel(value: number | PerChannel): PerChannel {
  return typeof value === "number" ? [value, value, value] : value;
}
