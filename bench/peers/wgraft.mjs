/** wgraft itself, through the same harness. The variant is the file of the library. */
import { pathToFileURL } from "node:url";
import { blocks, runPeer } from "./harness.mjs";

await runPeer(async (spec, library) => {
  const wgraft = await import(pathToFileURL(library).href);
  const { Dense, Dropout, Flatten, RMSprop, Sequential, tensor, VGG16 } = wgraft;
  const device = await wgraft.createDevice({ adapter: spec.adapter, toggles: spec.toggles });
  const read = async (name, rows) => {
    const { data, shape } = await spec.tensor(name, rows);
    return tensor(data, shape);
  };
  const setWeights = async (layer, name) =>
    layer.setWeights([await read(`${name}/kernel`), await read(`${name}/bias`)]);

  const readAll = (name, from, count) =>
    Promise.all(Array.from({ length: count }, (_, i) => read(`${name}/${from + i}`)));

  async function vgg16() {
    const base = await VGG16({
      weights: "random",
      includeTop: false,
      inputShape: [150, 150, 3],
      device,
      seed: 1,
    });
    for (const name of blocks.flat()) await setWeights(base.getLayer(name), name);
    return base;
  }

  async function network(name) {
    const base = wgraft.applications[name].build({ includeTop: false, pooling: "avg", device, seed: 1 });
    let i = 0;
    for (const { layer } of base.calls) {
      const count = layer.weights.length;
      if (count > 0) await layer.setWeights(await readAll(name, i, count));
      i += count;
    }
    return base;
  }

  const classifier = (options) => [
    new Dense({ units: 256, activation: "relu", ...options }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];

  async function compiled(model, hidden, output) {
    await setWeights(hidden, "hidden");
    await setWeights(output, "output");
    const optimizer = new RMSprop({ learningRate: spec.learningRate });
    model.compile({ optimizer, loss: "binary_crossentropy" });
    return model;
  }

  return {
    versions: { wgraft: spec.wgraft },
    async forward(batch) {
      const base = await vgg16();
      const x = await read("pictures", batch);
      return async () => (await base.predict(x, { batchSize: batch })).data();
    },
    async head(dropout) {
      const [hidden, output] = classifier({ inputDim: 8192 });
      const layers = [hidden, ...(dropout > 0 ? [new Dropout({ rate: dropout })] : []), output];
      const model = await compiled(new Sequential(layers, { device, seed: 1 }), hidden, output);
      const [x, y] = [await read("features"), await read("labels")];
      const rows = (i) => [spec.headBatch * i, spec.headBatch * (i + 1)];
      return {
        step: async (i) => (await model.trainOnBatch(x.slice(...rows(i)), y.slice(...rows(i))))[0],
        epoch: () => model.fit(x, y, { batchSize: spec.headBatch }),
      };
    },
    async networkForward(name, batch) {
      const base = await network(name);
      const x = await read(`${name}/images`, batch);
      return async () => (await base.predict(x, { batchSize: batch })).data();
    },
    async networkStep(name, trains, batch) {
      const base = await network(name);
      base.trainable = trains === "all";
      const unit = new Dense({ units: 1, activation: "sigmoid" });
      const model = new Sequential([base, unit], { device, seed: 1 });
      await setWeights(unit, `${name}/unit`);
      const optimizer = new RMSprop({ learningRate: spec.learningRate });
      model.compile({ optimizer, loss: "binary_crossentropy" });
      const [x, y] = [await read(`${name}/images`, batch), await read("labels", batch)];
      return async () => (await model.trainOnBatch(x, y))[0];
    },
    async grafted(trains, batch) {
      const base = await vgg16();
      for (const layer of base.layers)
        layer.trainable = trains === "block5" && layer.name.startsWith("block5");
      const [hidden, output] = classifier();
      const layers = [base, new Flatten(), hidden, output];
      const model = await compiled(new Sequential(layers, { device, seed: 1 }), hidden, output);
      const [x, y] = [await read("pictures", batch), await read("labels", batch)];
      return async () => (await model.trainOnBatch(x, y))[0];
    },
  };
});
