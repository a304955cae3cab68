import { useEffect } from 'preact/hooks';
import { Examples } from './Examples.tsx';
import { Learning } from './Learning.tsx';
import { RunCard } from './RunCard.tsx';
import { readBundled } from './reading.ts';
import { reading, source } from './state.ts';
import { TrySentence } from './TrySentence.tsx';
import { WhatToTrain } from './WhatToTrain.tsx';

export function FineTune() {
  useEffect(() => {
    if (!source.peek() && !reading.peek()) void readBundled();
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
        <TrySentence />
      </div>
    </div>
  );
}
