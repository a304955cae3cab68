import { render } from 'preact';
import { App } from './App.tsx';
import { embedWaiting } from './embed/actions.ts';
import { followModel } from './fineTune/run/running.ts';
import { loadModel } from './model/loading.ts';
import { load } from './model/state.ts';
import { startTheme } from './theme.ts';
import { startViews } from './view.ts';

startTheme();
startViews();
embedWaiting();
followModel();
if (navigator.gpu) void loadModel();
else load.value = { kind: 'unavailable', reason: isSecureContext ? 'missing' : 'insecure' };
render(<App />, document.getElementById('app')!);
