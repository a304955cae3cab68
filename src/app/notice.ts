/** One line about what happened last. */
export interface Notice {
  text: string;
  isError: boolean;
}
