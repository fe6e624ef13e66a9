// Asks Dawn for the adapter that wgraft would take: prints its name and exits 0, or exits 1 where there is none.
// A process of its own, because a broken driver can take down the process that loads it.
import { create } from "webgpu";

const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
if (!adapter) process.exit(1);

const { device, architecture, vendor, description, isFallbackAdapter } = adapter.info;
const name = description || device || architecture || vendor;
console.log(isFallbackAdapter ? `${name} (in software, on the CPU)` : `${device} ${name}`.trim());
process.exit(0); // Without waiting for Dawn's own tear-down.
