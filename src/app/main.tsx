import { render } from 'preact';
import { App } from './App.tsx';
import { loadModel } from './actions.ts';
import { load } from './state.ts';
import { startTheme } from './theme.ts';

startTheme();
if (navigator.gpu) void loadModel();
else load.value = { kind: 'unavailable', reason: isSecureContext ? 'missing' : 'insecure' };
render(<App />, document.getElementById('app')!);
