/** What can be taken home. */
export function TakeAway() {
  return <div class="columns" />;
}
