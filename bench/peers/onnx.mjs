/** Just enough of a protobuf writer to make an ONNX model (onnx/onnx.proto): VGG16's base. */
import { blocks, toOutputsFirst } from "./harness.mjs";

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}
const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const text = (field, value) => bytes(field, Buffer.from(value));

const FLOAT = 1;
const INTS = 7;

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
function tensor(name, shape, values) {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const dims = shape.map((d) => integer(1, d));
  return Buffer.concat([...dims, integer(2, FLOAT), text(8, name), bytes(9, raw)]);
}

/** NodeProto: input 1, output 2, op_type 4, attribute 5; AttributeProto: name 1, ints 8, type 20. */
function node(type, inputs, output, attributes = {}) {
  const encoded = Object.entries(attributes).map(([name, ints]) =>
    bytes(5, Buffer.concat([text(1, name), ...ints.map((i) => integer(8, i)), integer(20, INTS)])),
  );
  return Buffer.concat([...inputs.map((i) => text(1, i)), text(2, output), text(4, type), ...encoded]);
}

/** ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1; its elem_type 1, shape 2; dim 1: dim_value 1. */
function valueInfo(name, shape) {
  const dims = Buffer.concat(shape.map((d) => bytes(1, integer(1, d))));
  return Buffer.concat([
    text(1, name),
    bytes(2, bytes(1, Buffer.concat([integer(1, FLOAT), bytes(2, dims)]))),
  ]);
}

/** VGG16's base for a fixed batch, NHWC in and out, as ModelProto (ir 8, opset 13). */
export async function vgg16Onnx(spec, batch) {
  const [nodes, initializers] = [[], []];
  let value = "x";
  const add = (type, inputs, attributes) => {
    const output = `v${nodes.length}`;
    nodes.push(node(type, inputs, output, attributes));
    value = output;
  };
  add("Transpose", [value], { perm: [0, 3, 1, 2] });
  for (const names of blocks) {
    for (const name of names) {
      const [kernel, bias] = [await spec.tensor(`${name}/kernel`), await spec.tensor(`${name}/bias`)];
      const [h, w, i, o] = kernel.shape;
      initializers.push(tensor(`${name}/kernel`, [o, i, h, w], toOutputsFirst(kernel.data, kernel.shape)));
      initializers.push(tensor(`${name}/bias`, bias.shape, bias.data));
      add("Conv", [value, `${name}/kernel`, `${name}/bias`], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      add("Relu", [value]);
    }
    add("MaxPool", [value], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  nodes.push(node("Transpose", [value], "y", { perm: [0, 2, 3, 1] }));
  // GraphProto: node 1, name 2, initializer 5, input 11, output 12. ModelProto: ir_version 1, graph 7, opset_import 8.
  const graph = Buffer.concat([
    ...nodes.map((n) => bytes(1, n)),
    text(2, "vgg16"),
    ...initializers.map((t) => bytes(5, t)),
    bytes(11, valueInfo("x", [batch, 150, 150, 3])),
    bytes(12, valueInfo("y", [batch, 4, 4, 512])),
  ]);
  return Buffer.concat([integer(1, 8), bytes(7, graph), bytes(8, integer(2, 13))]);
}
