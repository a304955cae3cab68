import { EmbeddingsTable } from './EmbeddingsTable.tsx';
import { MapCard } from './MapCard.tsx';
import { Nearest } from './Nearest.tsx';
import { SameAsPython } from './SameAsPython.tsx';
import { Sentences } from './Sentences.tsx';
import { Similarity } from './Similarity.tsx';

export function Embed() {
  return (
    <div class="columns embed">
      <div class="column">
        <Sentences />
        <EmbeddingsTable />
      </div>
      <div class="column">
        <div class="pictures">
          <Similarity />
          <MapCard />
        </div>
        <Nearest />
        <SameAsPython />
      </div>
    </div>
  );
}
