/**
 * A text and its labels by head: a label's name, or its index in the head's list. A head left out is not trained on
 * it.
 */
export interface Example {
  text: string;
  labels: Readonly<Record<string, string | number | null | undefined>>;
}

/** A head by its name, with its labels in the order of its classes. */
export interface HeadLabels {
  name: string;
  labels: readonly string[];
}

/** An example as its loss has read it. */
export interface ResolvedExample {
  /** Its place in the list that it was given in. */
  index: number;
  /** Its texts by the loss's names for them. */
  texts: Readonly<Record<string, string>>;
  /** Numbers that the loss compares with, by name: a class by head, for one. */
  targets: Readonly<Record<string, number>>;
}
