/** What others publish of GPUs: times of one image through VGG16 (224×224, dense layers included), and what the hardware can do. */

export interface PublishedGpu {
  readonly name: string;
  /** ncnn's least time, in milliseconds: float16, random weights, Vulkan. */
  readonly ncnn: number;
  /** Of its benchmark's mean. */
  readonly ncnnMean: number;
  /** Float32, 10¹² operations in a second. */
  readonly tflops: number;
  /** Memory, GB/s. */
  readonly bandwidth: number;
  /** Where the last two are from. */
  readonly source: string;
}

/** benchmark/README.md of Tencent/ncnn at a4d2ea1: the lines `vgg16` of the runs on GPU 0. */
export const publishedGpus: readonly PublishedGpu[] = [
  {
    name: "NVIDIA RTX 3090",
    ...{ ncnn: 1.38, ncnnMean: 2.91, tflops: 35.6, bandwidth: 936 },
    source: "NVIDIA's GA102 whitepaper",
  },
  {
    name: "NVIDIA RTX 3060 Ti",
    ...{ ncnn: 2.27, ncnnMean: 2.46, tflops: 16.2, bandwidth: 448 },
    source: "NVIDIA: 4,864 cores at 1.665 GHz",
  },
  {
    name: "NVIDIA V100 PCIe 32 GB",
    ...{ ncnn: 2.98, ncnnMean: 3.17, tflops: 14, bandwidth: 900 },
    source: "NVIDIA's V100 datasheet",
  },
  {
    name: "AMD RX 6900 XT",
    ...{ ncnn: 4.76, ncnnMean: 5.24, tflops: 23.04, bandwidth: 512 },
    source: "AMD's specifications",
  },
  {
    name: "Apple M3 (MacBook Air)",
    ...{ ncnn: 12.41, ncnnMean: 12.54, tflops: 4.1, bandwidth: 100 },
    source: "bandwidth: Apple; operations: 10 cores of 128 lanes at 1.6 GHz, an estimate",
  },
  {
    name: "Intel UHD 770",
    ...{ ncnn: 38.53, ncnnMean: 39.22, tflops: 0.79, bandwidth: 76.8 },
    source: "32 units of 8 lanes at 1.55 GHz; bandwidth of two channels of DDR5-4800",
  },
];

/** Of VGG16 with its dense layers: a multiply-add counts two. */
export const vgg16Cost = { gflop: 30.94, weights: 138_357_544 } as const;

/** Milliseconds below which float32 cannot come without fewer operations, and that reading all weights once takes. */
export function limitsOf({ tflops, bandwidth }: Pick<PublishedGpu, "tflops" | "bandwidth">) {
  return {
    arithmetic: vgg16Cost.gflop / tflops,
    memory: (4 * vgg16Cost.weights) / bandwidth / 1e6,
  };
}
