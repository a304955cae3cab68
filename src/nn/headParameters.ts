/** Names of a head's parameters among those of the model. */
export function headParameters(name: string): { weight: string; bias: string } {
  return { weight: `heads.${name}.weight`, bias: `heads.${name}.bias` };
}
