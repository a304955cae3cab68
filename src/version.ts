/** tabgrad's own version: what saved models are marked with. The same as package.json's, which a test holds it to. */
export const version = '0.1.0';
