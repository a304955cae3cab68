import { EmbeddingsTable } from './EmbeddingsTable.tsx';
import { FineTune } from './fineTune/FineTune.tsx';
import { Header } from './Header.tsx';
import { Loading } from './Loading.tsx';
import { Notebook } from './notebook/Notebook.tsx';
import { SameAsPython } from './SameAsPython.tsx';
import { Sentences } from './Sentences.tsx';
import { Similarity } from './Similarity.tsx';
import { load } from './state.ts';
import { Unavailable } from './Unavailable.tsx';
import { type View, view, visited } from './view.ts';

const contents: Record<View, () => preact.JSX.Element> = {
  embed: Embed,
  'fine-tune': FineTune,
  notebook: Notebook,
};

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
            {[...visited.value].map((name) => {
              const Content = contents[name];
              return (
                <div key={name} hidden={view.value !== name}>
                  <Content />
                </div>
              );
            })}
          </>
        )}
      </main>
    </>
  );
}

function Embed() {
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
