import { expose } from 'comlink';
import { SentenceTransformer } from '../model/sentenceTransformer.ts';
import { Trainer } from '../training/trainer.ts';
import { createDoor } from './door.ts';
import { carryErrors } from './errorTransfer.ts';

carryErrors();
expose(
  createDoor({
    load: SentenceTransformer.fromPretrained,
    trainer: (model, options) => new Trainer(model, options),
    resume: Trainer.resume,
  }),
);
