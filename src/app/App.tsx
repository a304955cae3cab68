import { Offer } from './checkpoints/Offer.tsx';
import { DropNotice } from './drop/DropNotice.tsx';
import { DropOverlay } from './drop/DropOverlay.tsx';
import { Embed } from './embed/Embed.tsx';
import { FineTune } from './fineTune/FineTune.tsx';
import { load } from './model/state.ts';
import { Notebook } from './notebook/Notebook.tsx';
import { Header } from './shell/Header.tsx';
import { Loading } from './shell/Loading.tsx';
import { NewVersion, NotKept, SoftwareNotice } from './shell/Notices.tsx';
import { Unavailable } from './shell/Unavailable.tsx';
import { TakeAway } from './takeAway/TakeAway.tsx';
import { type View, view, visited } from './view.ts';

const contents: Record<View, () => preact.JSX.Element> = {
  embed: Embed,
  'fine-tune': FineTune,
  'take-away': TakeAway,
  notebook: Notebook,
};

export function App() {
  const state = load.value;
  return (
    <>
      <Header />
      <main tabIndex={-1}>
        <NewVersion />
        {state.kind === 'unavailable' ? (
          <Unavailable reason={state.reason} />
        ) : (
          <>
            <DropOverlay />
            <DropNotice />
            <SoftwareNotice />
            <NotKept />
            <Offer />
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
