/** Values of `model_type` in config.json that have a family here. The page asks this list, which brings no kernels along. */
export const modelTypes = ['bert'] as const;

export type ModelType = (typeof modelTypes)[number];
