/** onnxruntime-node: prediction only. The variant is the execution provider: cpu or webgpu. */
import { createRequire } from "node:module";
import { runPeer } from "./harness.mjs";
import { vgg16Onnx } from "./onnx.mjs";

const require = createRequire(import.meta.url);

await runPeer(async (spec, provider) => {
  const { InferenceSession, Tensor } = require("onnxruntime-node");
  return {
    versions: { onnxruntime: require("onnxruntime-node/package.json").version },
    async forward(batch) {
      const model = await vgg16Onnx(spec, batch);
      const session = await InferenceSession.create(model, { executionProviders: [provider] });
      const { data, shape } = await spec.tensor("pictures", batch);
      return async () => (await session.run({ x: new Tensor("float32", data, shape) })).y.data;
    },
  };
});
