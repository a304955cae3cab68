/** The Vulkan driver that the kernel tests run on: Mesa's lavapipe, a CPU one, the same on every machine. */
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { root, run } from './run.js';

const driverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * The environment that makes Dawn choose its driver: lavapipe on Linux; the native GPU elsewhere, or where
 * TABGRAD_VULKAN=native asks for it, or where the caller has chosen a driver.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {readonly string[]} [folders] of the drivers' manifests
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function vulkanEnv(env = process.env, platform = process.platform, folders = driverFolders) {
  const chosen = env.TABGRAD_VULKAN === 'native' || env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES;
  if (platform !== 'linux' || chosen) return env;
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder).catch(() => []))
        .filter((name) => /^lvp_icd.*\.json$/.test(name))
        .map((name) => join(folder, name)),
    ),
  );
  // Manifests of several architectures may lie side by side: the loader skips what it cannot load.
  return {
    ...env,
    VK_ICD_FILENAMES: found.flat().sort().join(delimiter) || join(folders[0] ?? '', 'lvp_icd.json'),
  };
}

/**
 * Asks Dawn for an adapter. Needs node_modules.
 * @param {NodeJS.ProcessEnv} env of {@link vulkanEnv}
 * @returns {Promise<string | undefined>} what the adapter calls itself; undefined where Dawn has none
 */
export async function adapterName(env) {
  const probe = join(root, 'scripts', 'lib', 'adapterProbe.js');
  const { output } = await run(process.execPath, [probe], { env, timeoutMs: 60_000 });
  return /^adapter: (.*)$/m.exec(output)?.[1];
}
