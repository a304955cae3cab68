import { Ask } from '../parts/Ask.tsx';
import { set } from '../parts/set.ts';
import { question } from './state.ts';

/** Asks whether what the model has learned may be lost to the run that goes on. */
export function Question() {
  const { text, goOn } = question.value!;
  return (
    <Ask
      class="kept-question"
      answer="Continue the run"
      onKeep={() => set(question, undefined)}
      onAnswer={goOn}
    >
      {text}
    </Ask>
  );
}
