import { useEffect } from 'preact/hooks';
import { Examples } from './examples/Examples.tsx';
import { readFirst } from './examples/sources/reading.ts';
import { Learning } from './learning/Learning.tsx';
import { Runs } from './learning/Runs.tsx';
import { Meaning } from './meaning/Meaning.tsx';
import { Confusion } from './mistakes/Confusion.tsx';
import { Mistakes } from './mistakes/Mistakes.tsx';
import { RunCard } from './run/RunCard.tsx';
import { TrySentence } from './trying/TrySentence.tsx';
import { WhatToTrain } from './what/WhatToTrain.tsx';

export function FineTune() {
  useEffect(() => {
    void readFirst();
  }, []);
  return (
    <div class="columns tuning">
      <div class="column">
        <Examples />
        <WhatToTrain />
        <RunCard />
      </div>
      <div class="column">
        <Learning />
        <div class="pair-of-columns">
          <Meaning />
          <div class="column">
            <TrySentence />
            <Mistakes />
          </div>
        </div>
        <Confusion />
        <Runs />
      </div>
    </div>
  );
}
