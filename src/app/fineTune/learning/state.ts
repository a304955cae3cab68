import { signal } from '@preact/signals';
import { type History, newHistory } from './history.ts';

export const history = signal<History>(newHistory());
