/** Values of `model_type` in config.json that have a family here. The page reads this list: it imports no kernels. */
export const modelTypes = ['bert'] as const;

export type ModelType = (typeof modelTypes)[number];
