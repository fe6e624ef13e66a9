/** Which other libraries there are, and what they are asked to do. */
import { wholeNetworks, type WholeNetwork } from "./jobs/networks.js";

export interface Peer {
  readonly name: string;
  /** In bench/peers. */
  readonly script: string;
  /** What the script is told. */
  readonly variant: string;
  /** Computes on the WebGPU adapter. Default false: on the CPU, or on a device that it finds by itself. */
  readonly onAdapter?: boolean;
}

export interface PeerJob {
  readonly name: string;
  readonly kind: "first" | "forward" | "head" | "step" | "network forward" | "network step";
  readonly batch: number;
  readonly trains?: "head" | "block5" | "all";
  /** Of a job on a whole network. */
  readonly network?: WholeNetwork;
  /** The peers that have a script for it. Default: all. */
  readonly peers?: readonly string[];
}

/** The reference: this library, through the same harness. */
export const ours = "wgraft";

export const peerScripts: readonly Peer[] = [
  { name: "tfjs-webgpu", script: "tfjs.mjs", variant: "webgpu", onAdapter: true },
  { name: "tfjs-wasm", script: "tfjs.mjs", variant: "wasm" },
  { name: "onnxruntime-cpu", script: "onnxruntime.mjs", variant: "cpu" },
  { name: "onnxruntime-webgpu", script: "onnxruntime.mjs", variant: "webgpu", onAdapter: true },
  { name: "jax-js-webgpu", script: "jax_peer.mjs", variant: "webgpu", onAdapter: true },
  { name: "pytorch", script: "torch_peer.py", variant: "" },
];

const steps = ([4, 32] as const).flatMap((batch): PeerJob[] => [
  { name: `frozen step of ${batch}`, kind: "step", batch, trains: "head" },
  { name: `fine-tuning step of ${batch}`, kind: "step", batch, trains: "block5" },
]);

/** Images of a job on a whole network. */
export const networkBatch = 4;

/** Few images at the network's own size, so that a step of it takes a library in software seconds, not minutes. */
const networkJobs = wholeNetworks.flatMap((network): PeerJob[] => {
  const common = { network, batch: networkBatch, peers: ["tfjs-webgpu", "tfjs-wasm"] };
  return [
    { ...common, name: `${network} forward of ${networkBatch}`, kind: "network forward" },
    { ...common, name: `${network} frozen step of ${networkBatch}`, kind: "network step", trains: "head" },
    { ...common, name: `${network} training step of ${networkBatch}`, kind: "network step", trains: "all" },
  ];
});

export const peerJobs: readonly PeerJob[] = [
  { name: "first prediction", kind: "first", batch: 1 },
  { name: "forward batch 1", kind: "forward", batch: 1 },
  { name: "forward batch 4", kind: "forward", batch: 4 },
  { name: "head epoch", kind: "head", batch: 20 },
  ...steps,
  ...networkJobs,
];

/** What a peer is asked for. */
export function jobsOf({ name }: Peer): readonly PeerJob[] {
  return peerJobs.filter(({ peers }) => peers?.includes(name) ?? true);
}

/** Images that a job takes at most. */
export const mostImages = Math.max(...steps.map(({ batch }) => batch));

/** Beyond it, activations of VGG16's first block pass 128 MiB, the largest binding of lavapipe. */
const MOST_IN_SOFTWARE = 20;

/**
 * Why a peer is not asked for a job; undefined where it is. On a CPU that stands in for a GPU these libraries take minutes
 * for a step of 32, whose activations pass the adapter's largest binding, which they do not split.
 */
export function reasonToSkip(peer: Peer, { batch }: PeerJob, software: boolean): string | undefined {
  return peer.onAdapter && software && batch > MOST_IN_SOFTWARE
    ? `${batch} pictures are too many for it on an adapter in software`
    : undefined;
}

/** What `--only` is matched against: "peer tfjs-webgpu, head epoch". */
export function peerItemName(peer: string, job: string): string {
  return `peer ${peer}, ${job}`;
}
