/** A label beside its point; `x` and `y` are where its text begins or ends, in the middle of its height. */
export interface Label {
  point: number;
  text: string;
  x: number;
  y: number;
  anchor: 'start' | 'end';
}

/** Letters that a label may have; fewer where there is no room. */
const mostLetters = [22, 12];
/** Pixels of a letter on average. */
const letter = 6.8;
const lineHeight = 15;
/** Between the middle of a dot and its label. */
const gap = 8;
/** Points that are tried: with more, a choice of them that follows no pattern of theirs. */
const mostTried = 250;

/** The first words of a sentence. */
export function shortLabel(sentence: string, most = 22): string {
  const text = sentence.trim().replace(/\s+/g, ' ');
  if (text.length <= most) return text.replace(/[.!?…。]+$/, '');
  const cut = text.slice(0, most + 1);
  const end = cut.lastIndexOf(' ');
  const words = end > most / 3 ? cut.slice(0, end) : cut.slice(0, most);
  return `${words.replace(/[\ud800-\udbff]$/, '').replace(/[,;:]$/, '')}…`;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/**
 * Labels that cover neither each other nor a dot, nor go beyond the frame. Points whose label finds no place have none.
 * @param pixels x and y of each point: [n, 2]
 */
export function placeLabels(
  pixels: Float32Array,
  sentences: readonly string[],
  width: number,
  height: number,
): Label[] {
  const n = pixels.length / 2;
  const taken: Box[] = [];
  const labels: Label[] = [];
  for (const i of choice(n)) {
    const label = mostLetters
      .flatMap((most) => candidates(i, shortLabel(sentences[i]!, most), pixels[2 * i]!, pixels[2 * i + 1]!))
      .find((candidate) => isFree(boxOf(candidate), width, height, taken, pixels));
    if (!label) continue;
    taken.push(boxOf(label));
    labels.push(label);
  }
  return labels;
}

/** Numbers below n, all of them where they are few. */
function choice(n: number): Iterable<number> {
  if (n <= mostTried) return Array(n).keys();
  // Multiples of the golden ratio are spread evenly.
  return new Set(Array.from({ length: mostTried }, (_, i) => Math.floor(((i * 0.618034) % 1) * n)));
}

function candidates(point: number, text: string, x: number, y: number): Label[] {
  const at = (dx: number, dy: number): Label => ({
    point,
    text,
    x: x + dx,
    y: y + dy,
    anchor: dx > 0 ? 'start' : 'end',
  });
  return [
    at(gap, 0),
    at(-gap, 0),
    at(gap / 2, -lineHeight),
    at(gap / 2, lineHeight),
    at(-gap / 2, -lineHeight),
    at(-gap / 2, lineHeight),
  ];
}

function boxOf({ text, x, y, anchor }: Label): Box {
  const long = [...text].reduce((sum, character) => sum + (character > '\u2e7f' ? 2 : 1), 0) * letter;
  return {
    left: anchor === 'start' ? x : x - long,
    right: anchor === 'start' ? x + long : x,
    top: y - lineHeight / 2,
    bottom: y + lineHeight / 2,
  };
}

function isFree(box: Box, width: number, height: number, taken: Box[], pixels: Float32Array): boolean {
  if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height) return false;
  for (const other of taken) {
    if (box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)
      return false;
  }
  const radius = 4;
  for (let i = 0; i < pixels.length; i += 2) {
    const x = pixels[i]!;
    const y = pixels[i + 1]!;
    if (
      x > box.left - radius &&
      x < box.right + radius &&
      y > box.top - radius + 2 &&
      y < box.bottom + radius - 2
    )
      return false;
  }
  return true;
}
