import { EmbeddingsTable } from './EmbeddingsTable.tsx';
import { SameAsPython } from './SameAsPython.tsx';
import { Sentences } from './Sentences.tsx';
import { Similarity } from './Similarity.tsx';

export function Embed() {
  return (
    <div class="columns">
      <div class="column">
        <Sentences />
        <EmbeddingsTable />
      </div>
      <div class="column">
        <Similarity />
        <SameAsPython />
      </div>
    </div>
  );
}
