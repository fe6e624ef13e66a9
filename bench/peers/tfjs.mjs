/** TensorFlow.js, through tfjs-layers as its users do. The variant is the backend: webgpu or wasm. */
import { createRequire } from "node:module";
import { blocks, installWebGPU, runPeer, settle } from "./harness.mjs";

const require = createRequire(import.meta.url);

await runPeer(async (spec, backend) => {
  if (backend === "webgpu") {
    await installWebGPU(spec);
    // tfjs takes WebGPU to be there only in a window or a worker.
    globalThis.WorkerGlobalScope ??= class {};
  }
  const tf = await import("@tensorflow/tfjs-core");
  const { input, layers, model: makeModel, sequential } = await import("@tensorflow/tfjs-layers");
  await import(`@tensorflow/tfjs-backend-${backend}`);
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  const wait = backend === "webgpu" ? settle : (promise) => promise;

  const read = async (name, rows) => {
    const { data, shape } = await spec.tensor(name, rows);
    return tf.tensor(data, shape);
  };
  const setWeights = async (layer, name) =>
    layer.setWeights([await read(`${name}/kernel`), await read(`${name}/bias`)]);

  async function vgg16() {
    const model = sequential();
    for (const [i, names] of blocks.entries()) {
      for (const name of names) {
        const filters = spec.tensors[`${name}/bias`].shape[0];
        const first = model.layers.length === 0 ? { inputShape: [150, 150, 3] } : {};
        model.add(
          layers.conv2d({ name, filters, kernelSize: 3, padding: "same", activation: "relu", ...first }),
        );
      }
      model.add(layers.maxPooling2d({ name: `block${i + 1}_pool`, poolSize: 2, strides: 2 }));
    }
    for (const name of blocks.flat()) await setWeights(model.getLayer(name), name);
    return model;
  }

  /** Of the layers of a described network: how tfjs calls them. */
  const factories = {
    Activation: layers.activation,
    Add: layers.add,
    BatchNormalization: layers.batchNormalization,
    Conv2D: layers.conv2d,
    DepthwiseConv2D: layers.depthwiseConv2d,
    GlobalAveragePooling2D: layers.globalAveragePooling2d,
    MaxPooling2D: layers.maxPooling2d,
    ReLU: layers.reLU,
    ZeroPadding2D: layers.zeroPadding2d,
  };
  const known = new Set(
    "name filters kernelSize strides padding useBias activation axis momentum epsilon poolSize maxValue".split(
      " ",
    ),
  );

  function optionsOf(config) {
    const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    const entries = Object.entries(config).map(([name, value]) => [camelCase(name), value]);
    return Object.fromEntries(entries.filter(([name, value]) => known.has(name) && value !== null));
  }

  async function network(name) {
    const { inputShape, layers: described } = spec.networks[name];
    const outputs = new Map();
    let next = 0;
    let last;
    for (const { name: layerName, className, config, inputs, weights } of described) {
      if (className === "InputLayer") {
        outputs.set(layerName, input({ shape: inputShape }));
        continue;
      }
      const layer = factories[className](optionsOf(config));
      const tensors = inputs.map((one) => outputs.get(one));
      last = layer.apply(tensors.length === 1 ? tensors[0] : tensors);
      outputs.set(layerName, last);
      if (weights > 0) layer.setWeights(await readAll(name, next, weights));
      next += weights;
    }
    return makeModel({ inputs: outputs.values().next().value, outputs: last });
  }

  const readAll = (name, from, count) =>
    Promise.all(Array.from({ length: count }, (_, i) => read(`${name}/${from + i}`)));

  async function unit(name) {
    const layer = layers.dense({
      units: 1,
      activation: "sigmoid",
      inputShape: [spec.networks[name].features],
    });
    const model = sequential({ layers: [layer] });
    await setWeights(layer, `${name}/unit`);
    return model;
  }

  function compile(model) {
    model.compile({
      optimizer: tf.train.rmsprop(spec.learningRate, 0.9, 0, 1e-7),
      loss: "binaryCrossentropy",
    });
    return model;
  }

  async function compiled(model, hidden, output) {
    await setWeights(hidden, "hidden");
    await setWeights(output, "output");
    return compile(model);
  }

  /** A function that predicts a batch of an input. */
  async function predicting(model, input, batch) {
    const { data, shape } = await spec.tensor(input, batch);
    return async () => {
      const x = tf.tensor(data, shape);
      const y = model.predict(x, { batchSize: batch });
      const values = await wait(y.data());
      tf.dispose([x, y]);
      return values;
    };
  }

  return {
    versions: {
      tfjs: require("@tensorflow/tfjs-core/package.json").version,
    },
    async forward(batch) {
      return predicting(await vgg16(), "pictures", batch);
    },
    async head(dropout) {
      const hidden = layers.dense({ units: 256, activation: "relu", inputShape: [8192] });
      const output = layers.dense({ units: 1, activation: "sigmoid" });
      const model = sequential({
        layers: [hidden, ...(dropout > 0 ? [layers.dropout({ rate: dropout })] : []), output],
      });
      await compiled(model, hidden, output);
      const [x, y] = [await read("features"), await read("labels")];
      const rows = (t, i) => tf.slice(t, spec.headBatch * i, spec.headBatch);
      return {
        step: (i) => wait(model.trainOnBatch(rows(x, i), rows(y, i))),
        epoch: () =>
          wait(model.fit(x, y, { batchSize: spec.headBatch, epochs: 1, verbose: 0, yieldEvery: "never" })),
      };
    },
    async networkForward(name, batch) {
      return predicting(await network(name), `${name}/images`, batch);
    },
    async networkStep(name, trains, batch) {
      const base = await network(name);
      const head = await unit(name);
      const images = await spec.tensor(`${name}/images`, batch);
      const y = await read("labels", batch);
      // A frozen BatchNormalization of tfjs-layers trains on by the batch's statistics, so a frozen base predicts.
      const whole = sequential({ layers: [base, ...head.layers] });
      const trained = compile(trains === "all" ? whole : head);
      return async () => {
        const x = tf.tensor(images.data, images.shape);
        const inputs = trains === "all" ? x : base.predict(x, { batchSize: batch });
        const loss = await wait(trained.trainOnBatch(inputs, y));
        tf.dispose([x, inputs]);
        return loss;
      };
    },
    async grafted(trains, batch) {
      const model = await vgg16();
      for (const layer of model.layers)
        layer.trainable = trains === "block5" && layer.name.startsWith("block5");
      const hidden = layers.dense({ units: 256, activation: "relu" });
      const output = layers.dense({ units: 1, activation: "sigmoid" });
      for (const layer of [layers.flatten(), hidden, output]) model.add(layer);
      await compiled(model, hidden, output);
      const images = await spec.tensor("pictures", batch);
      const y = await read("labels", batch);
      return async () => {
        const x = tf.tensor(images.data, images.shape);
        const loss = await wait(model.trainOnBatch(x, y));
        x.dispose();
        return loss;
      };
    },
  };
});
