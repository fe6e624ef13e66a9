import { createDevice, type Device } from "../kernels/gpu/device.js";

let opened: Promise<Device> | undefined;

/**
 * The device of models that were given none, opened at the first call. It is the one thing that the library keeps per
 * process: weights live on one device, so models that share layers must share it too.
 */
export function defaultDevice(): Promise<Device> {
  if (!opened) {
    opened = createDevice();
    opened.then(
      (device) => device.lost.then(() => (opened = undefined)),
      () => (opened = undefined),
    );
  }
  return opened;
}
