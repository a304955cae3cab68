import { computed, effect, signal } from '@preact/signals';
import type { EncoderModel } from '../../../types.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { examples, settings } from '../state.ts';

export interface Count {
  /** Tokens of the whole line, with [CLS] and [SEP]. */
  tokens: number;
  /** Start of the part that the model does not see, in UTF-16 units; −1 where it sees all. */
  cut: number;
}

/** The lines of the box, blank ones too. */
export const lines = signal<readonly string[]>(examples);
/** The lines in view: the first, the one after the last, and the scrolled pixels. */
export const inView = signal({ from: 0, to: 40, top: 0 });

/** Lines and letters of one question to the worker at most, so that its other work gets its turn. */
const mostLines = 250;
const mostLetters = 20_000;

const maxLength = computed(() => settings.value.maxLength);
/** The counts by line: another map for another model or maximum length. */
const known = computed(() => {
  model.value;
  maxLength.value;
  return new Map<string, Count>();
});
/** Goes up with each answer, because a copy of the map for each would take long. */
const answers = signal(0);

export function countOf(line: string): Count | undefined {
  answers.value;
  return known.value.get(line);
}

/** Sums over all lines: sentences, those that are counted, their tokens, and the lines that are too long. */
export const totals = computed(() => {
  answers.value;
  const tooLong: number[] = [];
  let sentences = 0;
  let counted = 0;
  let tokens = 0;
  for (const [i, line] of lines.value.entries()) {
    if (isBlank(line)) continue;
    sentences += 1;
    const count = known.value.get(line);
    if (!count) continue;
    counted += 1;
    tokens += count.tokens;
    if (count.cut >= 0) tooLong.push(i);
  }
  return { sentences, counted, tokens, tooLong };
});

export function setText(text: string): void {
  lines.value = text.split(/\r?\n/);
}

/** Counts the new lines whenever the lines, the model or the maximum length change. */
export function followLines(): () => void {
  return effect(() => {
    if (!model.value) return;
    const asking = new AbortController();
    void count(model.value, asking.signal);
    return () => asking.abort();
  });
}

async function count(ready: EncoderModel, signal: AbortSignal): Promise<void> {
  const now = lines.value;
  const counts = known.value;
  const options = { maxLength: maxLength.value, signal };
  // Once there are many, the counts of lines that are no longer there are forgotten.
  if (counts.size > 2 * now.length + 1000) {
    const there = new Set(now);
    for (const line of counts.keys()) if (!there.has(line)) counts.delete(line);
  }
  const { from, to } = inView.peek();
  // The lines in view come first.
  const wanted = [...new Set([...now.slice(from, to), ...now])];
  try {
    for (const some of portions(wanted.filter((line) => !isBlank(line) && !counts.has(line)))) {
      const { tokens, cuts } = await ready.countTokens(some, options);
      if (signal.aborted) return;
      for (const [i, line] of some.entries()) counts.set(line, { tokens: tokens[i]!, cut: cuts[i]! });
      answers.value += 1;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (isGone(error)) await loseModel(ready, error);
    else reportError(error);
  }
}

function* portions(lines: Iterable<string>): Generator<string[]> {
  let some: string[] = [];
  let letters = 0;
  for (const line of lines) {
    some.push(line);
    letters += line.length;
    if (some.length < mostLines && letters < mostLetters) continue;
    yield some;
    some = [];
    letters = 0;
  }
  if (some.length > 0) yield some;
}

export function isBlank(line: string): boolean {
  return line.trim() === '';
}
