import { Checkpoints } from '../checkpoints/Checkpoints.tsx';
import { heads } from '../fineTune/what/state.ts';
import { Session } from './Session.tsx';
import { Snippet } from './Snippet.tsx';
import { pageSnippet, predictSnippet, pythonSnippet, serverSnippet } from './snippets.ts';
import { folderName, ownRuns, withExamples } from './state.ts';
import { YourModel } from './YourModel.tsx';

export function TakeAway() {
  const folder = folderName.value;
  return (
    <div class="columns">
      <div class="column">
        <YourModel />
        <Checkpoints />
        <Session />
      </div>
      <div class="column">
        <Snippet
          title="In Python"
          what="No conversion: it is an ordinary sentence-transformers folder."
          code={pythonSnippet(folder)}
        />
        {heads.value.size > 0 && (
          <Snippet
            title="What it says of a text"
            what="The folder brings a script that asks the heads."
            code={predictSnippet(folder)}
          />
        )}
        {ownRuns.value.length > 0 && withExamples.value && (
          <Snippet
            title="On a server, or on many GPUs"
            what="The last run as a script: it goes on from your weights; --from repeats it from the base model."
            code={serverSnippet(folder)}
          />
        )}
        <Snippet
          title="In another page"
          what="The same engine as a library."
          code={pageSnippet(folder, [...heads.value.keys()])}
        />
      </div>
    </div>
  );
}
