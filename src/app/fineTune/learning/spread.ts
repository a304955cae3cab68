/**
 * Moves places on a line apart so that no two are nearer than `gap`. They keep their order, move as little as
 * possible and stay between 0 and `end` as far as there is room.
 * @returns the places in the order given
 */
export function spread(places: readonly number[], gap: number, end: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const moved = [...places];
  let least = 0;
  for (const i of order) {
    moved[i] = Math.max(moved[i]!, least);
    least = moved[i]! + gap;
  }
  // Those beyond the end go back, and push those before them.
  let most = end;
  for (const i of order.reverse()) {
    moved[i] = Math.min(moved[i]!, most);
    most = moved[i]! - gap;
  }
  return moved;
}
