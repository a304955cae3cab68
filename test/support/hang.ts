/**
 * The one time limit, of a test, a hook and every wait in them, in milliseconds. It is for hangs: no machine is this
 * slow.
 */
export const hang = 600_000;
