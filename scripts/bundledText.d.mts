import type { Plugin as EsbuildPlugin } from "esbuild";
import type { Plugin as VitestPlugin } from "vitest/config";

export declare const esbuildBundledText: EsbuildPlugin;
export declare const vitestBundledText: VitestPlugin;
