import { conv2d } from "../../kernels/conv/conv2d.js";
import type { ConvWindow } from "../../kernels/conv/convolution.js";
import { depthwiseConv2d } from "../../kernels/conv/depthwiseConv2d.js";
import type { Pads } from "../../kernels/common/window2d.js";
import type { Op } from "../../kernels/op.js";
import { zeroPad2d } from "../../kernels/shape/pad.js";
import { defineRule } from "./rule.js";

/** Ops that see zeros around their first input, `attrs.pads` of them. */
const padding: readonly Op[] = [conv2d, depthwiseConv2d];

/** A convolution adds the zeros around its input to its own padding. */
export const fusePadding = defineRule({
  name: "fuse padding",
  match(node, around) {
    if (!padding.includes(node.op)) return undefined;
    const pad = around.soleProducer(node.inputs[0]);
    return pad?.op === zeroPad2d ? { pad, convolution: node } : undefined;
  },
  rewrite({ pad, convolution: { op, inputs, attrs } }, g) {
    const { pads } = pad.attrs as { pads: Pads };
    const window = attrs as ConvWindow;
    const [top, bottom, left, right] = window.pads.map((own, side) => own + pads[side]);
    const around: Pads = [top, bottom, left, right];
    return g.apply(op, [pad.inputs[0], ...inputs.slice(1)], { ...window, pads: around })[0];
  },
});
