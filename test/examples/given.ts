/** What examples in docstrings take as given: a small model, compiled, and data that it can be trained on. */
import { Conv2D, Dense, GlobalAveragePooling2D, Sequential, tensor } from "../../src/index.js";

const hidden = new Dense({ units: 8, activation: "relu", inputDim: 4, name: "hidden" });

/** (n, 4) → (n, 1) */
export const model = new Sequential([hidden, new Dense({ units: 1, activation: "sigmoid" })]);
model.compile({ optimizer: "rmsprop", loss: "binary_crossentropy", metrics: ["acc"] });

/** Eight samples and their labels. */
export const x = tensor(new Float32Array(32).fill(0.5), [8, 4]);
export const y = tensor([0, 1, 0, 1, 0, 1, 0, 1]);

/** Two images of 32 × 32 pixels, and a base for them. */
export const images = tensor(new Uint8Array(2 * 32 * 32 * 3), [2, 32, 32, 3]);
export const base = new Sequential([
  new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [32, 32, 3], name: "conv" }),
  new GlobalAveragePooling2D(),
]);
