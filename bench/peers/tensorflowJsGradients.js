import { createRequire } from 'node:module';
import { build } from 'vite';

/**
 * Registers TensorFlow.js's gradients. The build of tfjs-core that Node gets (CommonJS) has none, and the file that
 * registers them is written for bundlers; so it is bundled here, in memory. It finds the running library's registry by
 * itself: that is global on purpose.
 */
export async function registerGradients() {
  const entry = createRequire(import.meta.url).resolve(
    '@tensorflow/tfjs-core/dist/register_all_gradients.js',
  );
  const lib = { entry, formats: /** @type {'es'[]} */ (['es']) };
  const bundles = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib },
  });
  const [{ output }] = /** @type {{ output: { code: string }[] }[]} */ (bundles);
  await import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);
}
