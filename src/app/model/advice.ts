import type { WebGpuUnavailableError } from '../../errors.ts';

export type UnavailableReason = WebGpuUnavailableError['reason'];

/** Says why the page has no WebGPU in this browser, and what the reader can do. */
export function advise(reason: UnavailableReason, userAgent: string): { problem: string; steps: string[] } {
  if (reason === 'insecure') {
    return {
      problem: 'WebGPU works on secure pages only, and this one came over plain http.',
      steps: ['Open the page over https, or on this machine as http://localhost.'],
    };
  }
  const problem =
    reason === 'missing'
      ? 'This browser does not offer WebGPU to the page.'
      : 'This browser has WebGPU, but offers no graphics adapter.';
  const driver = reason === 'missing' ? [] : ['Update the graphics driver, then restart the browser.'];
  return { problem, steps: [...driver, ...stepsFor(userAgent)] };
}

function stepsFor(agent: string): string[] {
  // Browsers on iPhone and iPad are all Safari underneath.
  if (/iPhone|iPad/.test(agent)) return ['Update to iOS or iPadOS 26 or newer.'];
  if (/Firefox\//.test(agent)) {
    if (/Windows/.test(agent)) return ['Update Firefox: WebGPU is on from version 141 on Windows.'];
    if (/Macintosh/.test(agent)) {
      return ['Update Firefox: WebGPU is on from version 145 on macOS, on Apple silicon.'];
    }
    return [
      'Firefox has WebGPU on Windows (141 and newer) and macOS (145 and newer). Here, set dom.webgpu.enabled to true in about:config, or use Chrome or Edge.',
    ];
  }
  if (/Chrom(e|ium)\//.test(agent)) {
    const scheme = /Edg\//.test(agent) ? 'edge' : 'chrome';
    const first = /Android/.test(agent) ? '121, on Android 12 and newer' : '113';
    const version = `Update the browser: WebGPU is on from version ${first}.`;
    const acceleration = `Switch graphics acceleration on in ${scheme}://settings/system; ${scheme}://gpu says why WebGPU is off.`;
    const flags = `On Linux, enable ${scheme}://flags/#enable-unsafe-webgpu and ${scheme}://flags/#enable-vulkan, then restart the browser.`;
    const isLinux = /Linux/.test(agent) && !/Android/.test(agent);
    return isLinux ? [version, flags, acceleration] : [version, acceleration];
  }
  if (/Safari\//.test(agent)) return ['Update to Safari 26 or newer, which comes with macOS 26.'];
  return ['Open the page in a browser from the list below.'];
}

export const browsers = [
  'Chrome and Edge 113 or newer on Windows, macOS and ChromeOS; 121 on Android; on Linux it may have to be enabled in chrome://flags',
  'Safari 26 or newer on macOS, iOS and iPadOS',
  'Firefox 141 or newer on Windows, 145 on macOS',
];
