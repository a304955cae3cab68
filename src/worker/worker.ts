import { expose } from 'comlink';
import { SentenceTransformer } from '../sentenceTransformer.ts';
import { createDoor } from './door.ts';
import { carryErrors } from './errorTransfer.ts';

carryErrors();
expose(createDoor(SentenceTransformer.fromPretrained));
