import { load } from '../model/state.ts';
import { dropped } from './dropped.ts';
import { open } from './open.ts';
import { isDragging, said } from './state.ts';

/** Milliseconds after which a drag has left the page: one that only crosses a border comes back at once. */
const grace = 120;
/** Milliseconds without an event after which a drag has ended unseen: it gives several events a second. */
const silence = 3000;

/** Takes files that are dropped anywhere on the page. Dragged text is left to the browser. */
export function watchDrops(): void {
  let isOfThePage = false;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const isWanted = ({ dataTransfer }: DragEvent) =>
    !isOfThePage && dataTransfer?.types.includes('Files') === true && load.value.kind !== 'unavailable';
  const end = () => {
    clearTimeout(leaving);
    isDragging.value = false;
  };
  const over = (event: DragEvent) => {
    if (!isWanted(event)) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = 'copy';
    clearTimeout(leaving);
    leaving = setTimeout(end, silence);
    isDragging.value = true;
  };
  addEventListener('dragenter', over);
  addEventListener('dragover', over);
  addEventListener('dragleave', ({ relatedTarget }) => {
    // A drag that goes to another element of the page has not left.
    if (relatedTarget) return;
    clearTimeout(leaving);
    leaving = setTimeout(end, grace);
  });
  addEventListener('drop', (event) => {
    end();
    if (!isWanted(event)) return;
    event.preventDefault();
    void take(event.dataTransfer!);
  });
  addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') end();
  });
  // In some browsers a picture or a link that is dragged from the page itself comes with files.
  addEventListener('dragstart', () => {
    isOfThePage = true;
  });
  for (const type of ['dragend', 'pointerdown'] as const) {
    addEventListener(type, () => {
      isOfThePage = false;
      end();
    });
  }
}

async function take(data: DataTransfer): Promise<void> {
  const [first, ...others] = data.items;
  const name = (others.length === 0 && first?.getAsFile()?.name) || 'What was dropped';
  const problem = await open(dropped(data), name);
  if (problem) said.value = { text: problem, isError: true };
}
