/** A browser and a GPU driver for the tests. */
import { findChromium } from './chromium.js';
import { installMissing } from './debian.js';
import { SetupError } from './log.js';
import { adapterName, vulkanEnv } from './vulkan.js';

/**
 * Finds, or installs, what the chosen tests need.
 * @param {{ chromium: boolean, vulkan: boolean }} needs
 * @param {import('./log.js').Log} log
 * @returns {Promise<{ gpu: NodeJS.ProcessEnv, page: NodeJS.ProcessEnv }>} environments for the kernel tests and for
 * the page's, where Node computes too
 * @throws {SetupError} what is missing cannot be installed: the message says what to do
 */
export async function ensureTestMachine(needs, log) {
  let found = await look(needs);
  if (found.missing.chromium || found.missing.vulkan) {
    refuseChoices(found.missing);
    if (process.platform !== 'linux') throw new SetupError(adviceElsewhere(found.missing));
    await installMissing(found.missing, log);
    found = await look(needs);
  }
  if (found.missing.chromium) {
    throw new SetupError(
      'No Chromium that starts, also after installing it. Set CHROMIUM_PATH to one that does.',
    );
  }
  if (found.missing.vulkan) {
    throw new SetupError(
      `Dawn finds no adapter with VK_ICD_FILENAMES=${found.gpu.VK_ICD_FILENAMES ?? ''}, also after installing Mesa. ` +
        'Set VK_ICD_FILENAMES to another driver, or TABGRAD_VULKAN=native to take the GPU of this machine.',
    );
  }
  if (found.adapter) log.say(`System: kernels are tested on ${found.adapter}.`);
  if (found.chromium) log.say(`System: the page is tested in ${found.chromium}.`);
  return { gpu: found.gpu, page: { ...found.gpu, CHROMIUM_PATH: found.chromium } };
}

/** @param {{ chromium: boolean, vulkan: boolean }} needs */
async function look(needs) {
  const gpu = await vulkanEnv();
  const chromium = needs.chromium ? await findChromium() : undefined;
  const adapter = needs.vulkan ? await adapterName(gpu) : undefined;
  const missing = { chromium: needs.chromium && !chromium, vulkan: needs.vulkan && !adapter };
  return { gpu, chromium, adapter, missing };
}

/**
 * What the caller has chosen and does not work is not replaced by an installation.
 * @param {{ chromium: boolean, vulkan: boolean }} missing
 */
function refuseChoices(missing) {
  const { CHROMIUM_PATH, TABGRAD_VULKAN, VK_ICD_FILENAMES, VK_DRIVER_FILES } = process.env;
  if (missing.chromium && CHROMIUM_PATH) {
    throw new SetupError(
      `CHROMIUM_PATH is "${CHROMIUM_PATH}", which does not start. Correct it, or unset it to have one found.`,
    );
  }
  const driver = VK_ICD_FILENAMES || VK_DRIVER_FILES;
  if (missing.vulkan && (driver || TABGRAD_VULKAN === 'native')) {
    const choice = TABGRAD_VULKAN === 'native' ? 'TABGRAD_VULKAN=native' : `the Vulkan driver ${driver}`;
    throw new SetupError(
      `Dawn finds no adapter with ${choice}. Unset it to have the kernels tested on lavapipe.`,
    );
  }
}

/** @param {{ chromium: boolean, vulkan: boolean }} missing */
function adviceElsewhere(missing) {
  return missing.chromium
    ? 'The page is tested in Chrome: install it from https://www.google.com/chrome, or set CHROMIUM_PATH, then run npm test again.'
    : 'Dawn finds no GPU adapter on this machine. The kernel tests need one: update the graphics driver.';
}
