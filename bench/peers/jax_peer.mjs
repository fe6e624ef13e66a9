/** jax-js: the networks as functions, compiled by `jit`. The variant is the device: webgpu or wasm. */
import { readFile } from "node:fs/promises";
import { blocks, installWebGPU, runPeer, settle, toChannelsFirst, toOutputsFirst } from "./harness.mjs";

await runPeer(async (spec, device) => {
  if (device === "webgpu") await installWebGPU(spec);
  const {
    defaultDevice,
    init,
    jit,
    lax,
    nn,
    numpy: np,
    random,
    tree,
    valueAndGrad,
  } = await import("@jax-js/jax");
  const found = await init(device);
  if (!found.includes(device)) throw new Error(`jax-js has no device ${device} here: ${found.join(", ")}`);
  defaultDevice(device);
  const wait = device === "webgpu" ? settle : (promise) => promise;
  const array = (data, shape) => np.array(data).reshape(shape);

  // Kernels of convolutions are OIHW here, images NCHW.
  async function convolutions() {
    const weights = {};
    for (const name of blocks.flat()) {
      const { data, shape } = await spec.tensor(`${name}/kernel`);
      const [h, w, i, o] = shape;
      const bias = await spec.tensor(`${name}/bias`);
      weights[name] = {
        kernel: array(toOutputsFirst(data, shape), [o, i, h, w]),
        bias: array(bias.data, [1, o, 1, 1]),
      };
    }
    return weights;
  }
  async function classifier() {
    const read = async (name) => {
      const { data, shape } = await spec.tensor(name);
      return array(data, shape);
    };
    const layer = async (name) => ({
      kernel: await read(`${name}/kernel`),
      bias: await read(`${name}/bias`),
    });
    return { hidden: await layer("hidden"), output: await layer("output") };
  }
  async function images(batch) {
    const { data, shape } = await spec.tensor("pictures", batch);
    const [n, h, w, c] = shape;
    return { data: toChannelsFirst(data, shape), shape: [n, c, h, w] };
  }

  // Every function takes ownership of its arguments: jax-js counts references.
  const base = (weights, x) =>
    blocks.reduce((input, names) => {
      const convolved = names.reduce((z, name) => {
        const { kernel, bias } = weights[name];
        return nn.relu(lax.convGeneralDilated(z, kernel, [1, 1], "SAME").add(bias));
      }, input);
      return lax.reduceWindow(convolved, np.max, [2, 2], [2, 2]);
    }, x);
  const channelsLast = (maps) => np.transpose(maps, [0, 2, 3, 1]);
  const dense = ({ kernel, bias }, x) => np.matmul(x, kernel).add(bias);
  const crossEntropy = (logits, y) => {
    // log(1 + exp(z)) − y·z
    const z = logits.reshape([-1]);
    return np.mean(nn.softplus(z.ref).sub(y.mul(z)));
  };
  const rmsprop = (w, v, g) => {
    const square = v.mul(0.9).add(g.ref.mul(g.ref).mul(0.1));
    return [w.sub(g.mul(spec.learningRate).div(np.sqrt(square.ref.add(1e-7)))), square];
  };

  /** A step that updates `weights` (a tree) by the gradient of loss(weights, ...data). */
  function trainer(weights, loss) {
    const compiled = jit((w, v, ...data) => {
      const [value, grads] = valueAndGrad(loss)(tree.ref(w), ...data);
      const [leaves, shape] = tree.flatten(w);
      const [slots, gradients] = [tree.leaves(v), tree.leaves(grads)];
      const updated = leaves.map((leaf, i) => rmsprop(leaf, slots[i], gradients[i]));
      const grown = (i) =>
        tree.unflatten(
          shape,
          updated.map((pair) => pair[i]),
        );
      return { value, w: grown(0), v: grown(1) };
    });
    let w = weights;
    let v = tree.map((leaf) => np.zeros(leaf.shape), w);
    return (...data) => {
      const stepped = compiled(w, v, ...data);
      [w, v] = [stepped.w, stepped.v];
      return stepped.value;
    };
  }

  const number = async (value) => (await wait(value.data()))[0];
  const file = new URL("node_modules/@jax-js/jax/package.json", import.meta.url);

  return {
    versions: { "jax-js": JSON.parse(await readFile(file, "utf8")).version },
    async forward(batch) {
      const weights = await convolutions();
      const run = jit((w, x) => channelsLast(base(w, x)));
      const { data, shape } = await images(batch);
      return () => wait(run(tree.ref(weights), array(data, shape)).data());
    },
    async head(dropout) {
      const loss = ({ hidden, output }, x, y, mask) => {
        const h = nn.relu(dense(hidden, x));
        return crossEntropy(dense(output, mask ? h.mul(mask) : h), y);
      };
      const step = trainer(await classifier(), loss);
      const [x, y] = [await spec.tensor("features"), await spec.tensor("labels")];
      const size = spec.headBatch;
      let key = random.key(1);
      const batch = (i) => {
        const rows = array(x.data.slice(i * size * 8192, (i + 1) * size * 8192), [size, 8192]);
        const given = [rows, array(y.data.slice(i * size, (i + 1) * size), [size])];
        if (dropout === 0) return given;
        const [next, drawn] = random.split(key, 2);
        key = next;
        const kept = random.bernoulli(drawn, 1 - dropout, [size, 256]).astype(np.float32);
        return [...given, kept.div(1 - dropout)];
      };
      return {
        step: (i) => number(step(...batch(i))),
        async epoch() {
          let last;
          for (let i = 0; i < x.shape[0] / size; i++) {
            last?.dispose();
            last = step(...batch(i));
          }
          return number(last);
        },
      };
    },
    async grafted(trains, batch) {
      const all = await convolutions();
      const isTrained = (name) => trains === "block5" && name.startsWith("block5");
      const part = (wanted) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => isTrained(name) === wanted));
      const frozen = part(false);
      const loss = ({ block5, hidden, output }, fixed, x, y) => {
        const features = channelsLast(base({ ...fixed, ...block5 }, x)).reshape([batch, -1]);
        return crossEntropy(dense(output, nn.relu(dense(hidden, features))), y);
      };
      const step = trainer({ block5: part(true), ...(await classifier()) }, loss);
      const x = await images(batch);
      const y = await spec.tensor("labels", batch);
      return () => number(step(tree.ref(frozen), array(x.data, x.shape), array(y.data, y.shape)));
    },
  };
});
