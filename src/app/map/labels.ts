/** A label beside its point. `x` and `y` are where its text begins or ends, at the middle of its height. */
export interface Label {
  point: number;
  text: string;
  x: number;
  y: number;
  anchor: 'start' | 'end';
}

/** Letters of a label at most: the second number is tried where the first finds no room. */
const mostLetters = [22, 12];
/** Average width of a letter in pixels. */
const letter = 6.8;
const lineHeight = 15;
/** Pixels between the middle of a dot and its label. */
const gap = 8;
/** Points that are tried. Of more points a choice is tried that follows no pattern of theirs. */
const mostTried = 250;

export function shortLabel(sentence: string, most = 22): string {
  const text = sentence.trim().replace(/\s+/g, ' ');
  if (text.length <= most) return text.replace(/[.!?…。]+$/, '');
  const cut = text.slice(0, most + 1);
  const end = cut.lastIndexOf(' ');
  const words = end > most / 3 ? cut.slice(0, end) : cut.slice(0, most);
  return `${words.replace(/[\ud800-\udbff]$/, '').replace(/[,;:]$/, '')}…`;
}

/**
 * Places labels that cover neither each other nor a dot and stay inside the frame. Some points find no room for one.
 * @param pixels x and y of each point: [n, 2]
 */
export function placeLabels(
  pixels: Float32Array,
  sentences: readonly string[],
  width: number,
  height: number,
): Label[] {
  const n = pixels.length / 2;
  const taken = Array.from({ length: n }, (_, i): Box => {
    const [x, y] = [pixels[2 * i]!, pixels[2 * i + 1]!];
    return { left: x - 4, right: x + 4, top: y - 2, bottom: y + 2 };
  });
  const isFree = (box: Box) =>
    box.left >= 0 &&
    box.right <= width &&
    box.top >= 0 &&
    box.bottom <= height &&
    !taken.some((other) => overlap(box, other));
  const labels: Label[] = [];
  for (const i of choice(n)) {
    const label = mostLetters
      .flatMap((most) => candidates(i, shortLabel(sentences[i]!, most), pixels[2 * i]!, pixels[2 * i + 1]!))
      .find((candidate) => isFree(boxOf(candidate)));
    if (!label) continue;
    taken.push(boxOf(label));
    labels.push(label);
  }
  return labels;
}

/** Numbers below n: all of them, or an even choice of many. */
function choice(n: number): Iterable<number> {
  if (n <= mostTried) return Array(n).keys();
  // Multiples of the golden ratio are spread evenly.
  return new Set(Array.from({ length: mostTried }, (_, i) => Math.floor(((i * 0.618034) % 1) * n)));
}

/** From a dot to the places of its label, the best first: beside it, then above and below. */
const steps = [
  ...[gap, -gap].map((dx) => [dx, 0] as const),
  ...[gap / 2, -gap / 2].flatMap((dx) => [-lineHeight, lineHeight].map((dy) => [dx, dy] as const)),
];

function candidates(point: number, text: string, x: number, y: number): Label[] {
  return steps.map(([dx, dy]) => ({ point, text, x: x + dx, y: y + dy, anchor: dx > 0 ? 'start' : 'end' }));
}

function boxOf({ text, x, y, anchor }: Label) {
  const length = [...text].reduce((sum, character) => sum + (character > '\u2e7f' ? 2 : 1), 0) * letter;
  const left = anchor === 'start' ? x : x - length;
  return { left, right: left + length, top: y - lineHeight / 2, bottom: y + lineHeight / 2 };
}

type Box = ReturnType<typeof boxOf>;

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
