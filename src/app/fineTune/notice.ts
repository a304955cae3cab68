/** A message that is shown where its cause lies. */
export interface Notice {
  text: string;
  isError: boolean;
}
