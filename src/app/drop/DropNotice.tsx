import { clip } from '../format.ts';
import { Button } from '../parts/Button.tsx';
import { NoticeCard } from '../parts/NoticeCard.tsx';
import { Problem } from '../parts/Problem.tsx';
import { set } from '../parts/set.ts';
import { stopLooking } from './open.ts';
import { looking, said } from './state.ts';

/** Says what became of what was dropped. It stays in sight however far the page is scrolled. */
export function DropNotice() {
  if (looking.value !== undefined) {
    return (
      <NoticeCard class="drop-notice" label="Opening">
        <p role="status">Looking through {clip(looking.value, 60)} …</p>
        <Button label="Cancel" onClick={stopLooking} />
      </NoticeCard>
    );
  }
  if (!said.value) return null;
  const { text, isError } = said.value;
  return (
    <NoticeCard class="drop-notice" label={isError ? 'Not opened' : 'Opened'}>
      {isError ? <Problem text={text} /> : <p role="status">{text}</p>}
      <Button label="Close" onClick={() => set(said, undefined)} />
    </NoticeCard>
  );
}
