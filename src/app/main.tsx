import { render } from 'preact';
import { App } from './App.tsx';
import { loadModel } from './actions.ts';
import { followModel } from './fineTune/running.ts';
import { load } from './state.ts';
import { startTheme } from './theme.ts';
import { startViews } from './view.ts';

startTheme();
startViews();
followModel();
if (navigator.gpu) void loadModel();
else load.value = { kind: 'unavailable', reason: isSecureContext ? 'missing' : 'insecure' };
render(<App />, document.getElementById('app')!);
