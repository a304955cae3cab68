import { EmbeddingsTable } from './EmbeddingsTable.tsx';
import { Header } from './Header.tsx';
import { Loading } from './Loading.tsx';
import { SameAsPython } from './SameAsPython.tsx';
import { Sentences } from './Sentences.tsx';
import { Similarity } from './Similarity.tsx';
import { load } from './state.ts';
import { Unavailable } from './Unavailable.tsx';

export function App() {
  const state = load.value;
  return (
    <>
      <Header />
      <main>
        {state.kind === 'unavailable' ? (
          <Unavailable reason={state.reason} />
        ) : (
          <>
            <Loading />
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
          </>
        )}
      </main>
    </>
  );
}
