import { EmbeddingsTable } from './EmbeddingsTable.tsx';
import { MapCard } from './MapCard.tsx';
import { SameAsPython } from './SameAsPython.tsx';
import { Sentences } from './sentences/Sentences.tsx';
import { Nearest } from './similarity/Nearest.tsx';
import { Similarity } from './similarity/Similarity.tsx';

export function Embed() {
  return (
    <div class="columns embed">
      <div class="column">
        <Sentences />
        <EmbeddingsTable />
      </div>
      <div class="column">
        <div class="pair-of-columns">
          <Similarity />
          <MapCard />
        </div>
        <Nearest />
        <SameAsPython />
      </div>
    </div>
  );
}
