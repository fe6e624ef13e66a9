/** Which other libraries there are, and what they are asked to do. */

export interface Peer {
  readonly name: string;
  /** In bench/peers. */
  readonly script: string;
  /** What the script is told. */
  readonly variant: string;
}

export interface PeerJob {
  readonly name: string;
  readonly kind: "first" | "forward" | "head" | "step";
  readonly batch: number;
  readonly trains?: "head" | "block5";
}

/** The reference: this library, through the same harness. */
export const ours = "wgraft";

export const peerScripts: readonly Peer[] = [
  { name: "tfjs-webgpu", script: "tfjs.mjs", variant: "webgpu" },
  { name: "tfjs-wasm", script: "tfjs.mjs", variant: "wasm" },
  { name: "onnxruntime-cpu", script: "onnxruntime.mjs", variant: "cpu" },
  { name: "onnxruntime-webgpu", script: "onnxruntime.mjs", variant: "webgpu" },
  { name: "jax-js-webgpu", script: "jax_peer.mjs", variant: "webgpu" },
  { name: "pytorch", script: "torch_peer.py", variant: "" },
];

/** A CPU that stands in for a GPU would take minutes for a step of 32 in some of these libraries. */
export function stepBatch(software: boolean): number {
  return software ? 4 : 32;
}

export function peerJobs(software: boolean): PeerJob[] {
  const batch = stepBatch(software);
  return [
    { name: "first prediction", kind: "first", batch: 1 },
    { name: "forward batch 1", kind: "forward", batch: 1 },
    { name: "forward batch 4", kind: "forward", batch: 4 },
    { name: "head epoch", kind: "head", batch: 20 },
    { name: "frozen step", kind: "step", batch, trains: "head" },
    { name: "fine-tuning step", kind: "step", batch, trains: "block5" },
  ];
}

/** What `--only` is matched against: "peer tfjs-webgpu, head epoch". */
export function peerItemName(peer: string, job: string): string {
  return `peer ${peer}, ${job}`;
}
