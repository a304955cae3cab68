import type { ComponentChildren } from 'preact';
import { count } from '../../format.ts';
import { countOf, inView, isBlank, lines } from './counting.ts';

/** The numbers of the lines, at the left of the box. Screen readers say the totals below instead. */
export function Numbers() {
  const digits = String(lines.value.length).length;
  return <Gutter class="numbers" digits={Math.max(2, digits)} write={(_, i) => i + 1} />;
}

/** The tokens of each line, at the right of the box. */
export function Tokens() {
  return (
    <Gutter
      class="tokens"
      digits={5}
      title="Tokens of each line"
      write={(line) => {
        const known = countOf(line);
        if (!known) return isBlank(line) ? '' : '·';
        return known.cut >= 0 ? <strong>{count(known.tokens)}</strong> : count(known.tokens);
      }}
    />
  );
}

interface GutterProps {
  class: string;
  digits: number;
  title?: string;
  write: (line: string, i: number) => ComponentChildren;
}

/** A column that scrolls along with the box. Only the lines in view are drawn, however many there are. */
function Gutter({ class: name, digits, title, write }: GutterProps) {
  const { from, to, top } = inView.value;
  return (
    <div
      class={`gutter ${name}`}
      title={title}
      style={{ width: `calc(${digits}ch + 14px)` }}
      aria-hidden="true"
    >
      <div style={{ transform: `translateY(${-top}px)` }}>
        <ol style={{ '--from': from }}>
          {lines.value.slice(from, to).map((line, i) => (
            <li key={from + i}>{write(line, from + i)}</li>
          ))}
        </ol>
      </div>
    </div>
  );
}
