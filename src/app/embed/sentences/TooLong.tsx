import type { RefObject } from 'preact';
import { count, counted } from '../../format.ts';
import { settings } from '../state.ts';
import { countOf, lines, totals } from './counting.ts';

type Box = RefObject<HTMLTextAreaElement | null>;

/** Says how many sentences and tokens there are and, where a line is too long, which part the model does not see. */
export function TooLong({ box }: { box: Box }) {
  const { sentences, counted: known, tokens, tooLong } = totals.value;
  const first = tooLong[0];
  return (
    <div class="totals">
      <p class="muted" id="sentences-total">
        {counted(sentences, 'sentence')}
        {known > 0 && ` · ${counted(tokens, 'token')}`}
        {known > 0 && known < sentences && ` in the first ${count(known)}`}
      </p>
      <div aria-live="polite">
        {first !== undefined && <Cut line={first} more={tooLong.length - 1} box={box} />}
      </div>
    </div>
  );
}

function Cut({ line, more, box }: { line: number; more: number; box: Box }) {
  const text = lines.value[line]!;
  const known = countOf(text);
  if (!known) return null;
  return (
    <p class="status error">
      Line {count(line + 1)} has {counted(known.tokens, 'token')}: the model reads {settings.value.maxLength}
      {known.cut > 0 && (
        <>
          , up to{' '}
          <button type="button" class="link" onClick={() => select(box.current!, line, known.cut)}>
            {lastWords(text.slice(0, known.cut))}
            <span class="hidden">: select what it does not read</span>
          </button>
        </>
      )}
      .{more > 0 && ` ${counted(more, 'more line')} ${more === 1 ? 'is' : 'are'} too long.`}
    </p>
  );
}

function lastWords(text: string): string {
  const words = text.slice(-40).trimEnd();
  const short = words.slice(-24).replace(/^[\udc00-\udfff]/, '');
  return `“… ${short.includes(' ') ? short.slice(short.indexOf(' ') + 1) : short}”`;
}

/** Selects the part of a line that the model does not see, and brings its beginning into view. */
function select(box: HTMLTextAreaElement, line: number, cut: number): void {
  const before = lines.value.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  const from = before + cut;
  // The browser scrolls to the caret when the box gets the focus.
  box.blur();
  box.setSelectionRange(from, from);
  box.focus();
  box.setSelectionRange(from, before + lines.value[line]!.length);
}
