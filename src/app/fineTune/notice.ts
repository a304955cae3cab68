/** Something to say where it happened. */
export interface Notice {
  text: string;
  isError: boolean;
}
