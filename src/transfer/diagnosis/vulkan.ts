/** Why there may be no adapter: what a Vulkan application needs, and which of it is missing. */
import { access, constants, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const loaderFolders = [
  "/lib",
  "/lib64",
  "/usr/lib",
  "/usr/lib64",
  "/usr/local/lib",
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/lib/aarch64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
];
const driverFolders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/** What was found on this machine, in sentences. On other systems than Linux the driver brings everything along. */
export async function lookForVulkan(): Promise<string[]> {
  if (process.platform !== "linux") return ["update the graphics driver of this system"];
  const findings: string[] = [];
  if (!(await findFile(loaderFolders, /^libvulkan\.so\.1/)))
    findings.push("the Vulkan loader (libvulkan.so.1) was not found: apt install libvulkan1");
  findings.push(await describeDrivers(), await describeCards());
  return findings;
}

async function describeDrivers(): Promise<string> {
  for (const name of ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"]) {
    const value = process.env[name];
    if (!value) continue;
    const missing = (
      await Promise.all(value.split(":").map(async (f) => ((await exists(f)) ? [] : [f])))
    ).flat();
    if (missing.length > 0) return `${name} names a driver file that is not there: ${missing.join(", ")}`;
    return `${name} says which Vulkan drivers are tried: ${value}`;
  }
  const drivers = (await Promise.all(driverFolders.map(list)))
    .flat()
    .filter((name) => name.endsWith(".json"));
  if (drivers.length === 0) return `no Vulkan driver is registered in ${driverFolders.join(", ")}`;
  return `registered Vulkan drivers: ${drivers.join(", ")}; each may need a GPU that is not here, or be too old`;
}

async function describeCards(): Promise<string> {
  const [render] = (await list("/dev/dri")).filter((name) => name.startsWith("renderD"));
  const nvidia = await exists("/dev/nvidia0");
  if (render === undefined && !nvidia)
    return "no GPU is visible to this process (no /dev/dri/renderD*, no /dev/nvidia0); Mesa's lavapipe needs none";
  const device = nvidia ? "/dev/nvidia0" : join("/dev/dri", render);
  const readable = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!readable)
    return `${device} is there, but this user may not open it: add the user to its group (video, render)`;
  return `a GPU is there (${device}); its Vulkan driver is missing or does not start`;
}

async function findFile(folders: readonly string[], name: RegExp): Promise<boolean> {
  const found = await Promise.all(
    folders.map(async (folder) => (await list(folder)).some((file) => name.test(file))),
  );
  return found.includes(true);
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
