/** Adam with weight decay as part of the gradient ('adam') or apart from it ('adamw'). */
export type OptimizerKind = 'adam' | 'adamw';

/** The weight decay of PyTorch's optimizer of that name. */
export const defaultWeightDecay: Readonly<Record<OptimizerKind, number>> = { adam: 0, adamw: 0.01 };
