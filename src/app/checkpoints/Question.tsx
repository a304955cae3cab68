import { Ask } from '../parts/Ask.tsx';
import { question } from './state.ts';

/** Asks whether what the model has learned may be lost to the run that goes on. */
export function Question() {
  const { text, goOn } = question.value!;
  return (
    <Ask
      class="kept-question"
      answer="Continue the run"
      onKeep={() => {
        question.value = undefined;
      }}
      onAnswer={goOn}
    >
      {text}
    </Ask>
  );
}
