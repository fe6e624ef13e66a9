import { conv2d } from "../../kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../kernels/conv/conv2dBackpropFilter.js";
import {
  conv2dBackpropInput,
  type Conv2dBackpropInputAttrs,
} from "../../kernels/conv/conv2dBackpropInput.js";
import type { ConvWindow } from "../../kernels/conv/convolution.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import type { Pads } from "../../kernels/common/window2d.js";
import type { Op } from "../../kernels/op.js";
import { crop2d, zeroPad2d } from "../../kernels/shape/pad.js";
import { defineRule } from "./rule.js";

/** Ops that see zeros around their first input, `attrs.pads` of them. */
const padding: readonly Op[] = [conv2d, depthwiseConv2d, conv2dBackpropFilter];

function sum(own: Pads, around: Pads): Pads {
  const [top, bottom, left, right] = own.map((pad, side) => pad + around[side]);
  return [top, bottom, left, right];
}

/** A convolution, or the gradient of its kernel, adds the zeros around its input to its own padding. */
export const fusePadding = defineRule({
  name: "fuse padding",
  match(node, around) {
    if (!padding.includes(node.op)) return undefined;
    const pad = around.producerFor(padding, node.inputs[0]);
    return pad?.op === zeroPad2d ? { pad, convolution: node } : undefined;
  },
  rewrite({ pad, convolution: { op, inputs, attrs } }, g) {
    const window = attrs as ConvWindow;
    const pads = sum(window.pads, (pad.attrs as { pads: Pads }).pads);
    return g.apply(op, [pad.inputs[0], ...inputs.slice(1)], { ...window, pads })[0];
  },
});

/** The gradient of a padded input loses its edges: they were the zeros. */
export const fuseCropping = defineRule({
  name: "fuse cropping",
  match(node, around) {
    if (node.op !== crop2d) return undefined;
    const gradient = around.soleProducer(node.inputs[0]);
    return gradient?.op === conv2dBackpropInput ? { crop: node, gradient } : undefined;
  },
  rewrite({ crop, gradient: { inputs, attrs } }, g) {
    const window = attrs as Conv2dBackpropInputAttrs;
    const pads = sum(window.pads, (crop.attrs as { pads: Pads }).pads);
    const inputShape = crop.outputs[0].shape;
    return g.apply(conv2dBackpropInput, inputs, { ...window, pads, inputShape })[0];
  },
});
