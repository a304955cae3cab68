/**
 * WebGPU's flag values, written out: the globals that hold them (GPUBufferUsage, …) are there in a browser, but in
 * Node only once somebody put them there.
 * @see https://gpuweb.github.io/gpuweb/#buffer-usage
 */
export const MAP_READ = 0x0001;
export const COPY_SRC = 0x0004;
export const COPY_DST = 0x0008;
export const UNIFORM = 0x0040;
export const STORAGE = 0x0080;
export const QUERY_RESOLVE = 0x0200;

export const COMPUTE_STAGE = 0x4;
export const MAP_MODE_READ = 0x1;
