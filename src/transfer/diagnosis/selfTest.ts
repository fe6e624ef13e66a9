/** Whether a GPU computes what it should. */
import { createDevice, type Device } from "../../kernels/gpu/device.js";
import type { DeviceOptions } from "../../kernels/gpu/adapter.js";
import { Dense } from "../../models/layers/core/dense.js";
import { mulberry32 } from "../../models/random.js";
import { Sequential } from "../../models/sequential.js";
import { tensor } from "../../tensor.js";

/** Odd sizes, so that the tiles' edges are tried too. */
const [rows, inner, columns] = [37, 129, 65];

/** Multiplies two matrices on the GPU and on the host, and returns the largest difference. */
export async function selfTest(options: DeviceOptions) {
  const start = performance.now();
  const { adapter, toggles, fast, precision, memoryBudget } = options;
  const device = await createDevice({ adapter, toggles, fast, precision, memoryBudget });
  try {
    const error = await productError(device);
    // Each product sums `inner` terms below 1 in float32. In float16, one factor of each is rounded, and so is the sum.
    const tolerance = inner * (device.precision === "float16" ? 2 ** -10 : 2 ** -23);
    const milliseconds = performance.now() - start;
    return { shape: `${rows}×${inner} by ${inner}×${columns}`, error, tolerance, milliseconds };
  } finally {
    device.destroy();
  }
}

async function productError(device: Device): Promise<number> {
  const random = mulberry32(1);
  const values = (n: number) => Float32Array.from({ length: n }, () => 2 * random() - 1);
  const [a, b] = [values(rows * inner), values(inner * columns)];
  const dense = new Dense({ units: columns, useBias: false, inputDim: inner });
  const model = new Sequential([dense], { device });
  await dense.setWeights([tensor(b, [inner, columns])]);
  const product = await (await model.predict(tensor(a, [rows, inner]), { batchSize: rows })).data();
  let worst = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
      worst = Math.max(worst, Math.abs(sum - product[i * columns + j]));
    }
  }
  return worst;
}
