import type { CellId } from './cells.ts';

export const notebookModel = 'bert-base-nli-mean-tokens';

export interface CellStory {
  id: CellId;
  title: string;
  /** Says what happens and why, one paragraph a line. */
  before: string;
  /** The notebook's output, in the form of the cell's own output. */
  printed?: readonly string[];
  /** Says where a difference comes from, or why there is nothing to compare with. */
  note?: string;
}

interface Chapter {
  title: string;
  cells: readonly CellStory[];
}

export const chapters: readonly Chapter[] = [
  {
    title: 'Before the tasks: a model',
    cells: [
      {
        id: 'load',
        title: 'Load a model',
        before:
          'A sentence transformer turns a sentence into a list of numbers, its embedding; sentences that mean about the same get about the same numbers. This cell loads a copy of the model in a worker of its own, with its published weights, so that whatever the cells below do to it, the model of the other views stays as it is.\nThe page itself provides a few names: source and revision, the model chosen above; onProgress, the bar above; print, which writes below the cell; signal, the Stop button.',
        note: 'The notebook’s model is larger: 768 numbers for a sentence, and about five times as many parameters as all-MiniLM-L6-v2.',
      },
    ],
  },
  {
    title: 'Task 1: sentences into numbers',
    cells: [
      {
        id: 'encode',
        title: 'Encode three sentences',
        before:
          'The model gives a vector for every token. Pooling makes one of them all: their mean. The notebook pads short sentences to the length of the longest and averages over the padding too, which one would usually leave out; mean-with-padding does the same. To see at a glance whether two programs agree, it prints how the numbers of each sentence lie: their mean and their standard deviation.',
        printed: [
          'shape 3 × 768',
          'mean -0.016957, std 0.590369',
          'mean -0.019058, std 0.610002',
          'mean -0.019545, std 0.620025',
        ],
        note: `Another model gives other numbers. With ${notebookModel} (in the menu above: sentence-transformers/${notebookModel}) they should be the notebook’s.`,
      },
    ],
  },
  {
    title: 'Task 2: two heads on one encoder',
    cells: [
      {
        id: 'examples',
        title: 'Sentences with two labels each',
        before:
          'Now the model shall learn two things at once: what a sentence is about, and whether it is good or bad news. A head is a small layer that reads the first token’s vector and gives a number for each label. Both heads share one encoder, so what helps one may help the other. Six sentences are enough to see it work. The heads begin with random numbers, the same ones every time, because their seed is given.',
      },
      {
        id: 'multiTask',
        title: 'Train everything at one rate',
        before:
          'Each head has a loss: how far its answers are from the labels. Their sum is what training makes smaller, in the heads and in the encoder alike. All six sentences make one batch, so an epoch is one step; the optimizer is Adam with a rate of 1e-5 for everything, as in the notebook. Three such small steps move the loss a little, not far.',
        note: 'There is no output of the notebook to compare with here. Dropout is off, so the numbers are the same in every run.',
      },
    ],
  },
  {
    title: 'Task 3: what should be trained?',
    cells: [
      {
        id: 'freezing',
        title: 'Plan five ways to train, and one that is none',
        before:
          'Often it is better to leave part of a model as it is: with few examples a large model learns them by heart and forgets the rest. Frozen parts get no gradient and cost no memory for one. With only the heads open, the embeddings stay as they were. With one head open, a new task is added and the old one stays. With the top layers open, the part that is nearest to the answer adapts. A plan says what each of these scenarios would train; nothing is trained yet.',
        note: 'There is no output of the notebook to compare with here. Word embeddings are counted whole, though only the rows that the examples use get a gradient. The pooler never trains: no head reads it.',
      },
    ],
  },
  {
    title: 'Task 4: a rate for every depth',
    cells: [
      {
        id: 'rates',
        title: 'See the rates',
        before:
          'Lower layers know about words and grammar, which hold for any task, so they should move slowly. Upper layers lie closer to the task, and the heads know nothing yet: they may move fast. The scenario layer-wise sets the notebook’s rates by name, from the embeddings up to the heads.',
        printed: ['embeddings: 1e-5', 'lower half: 5e-5', 'upper half: 1e-4', 'heads: 1e-3'],
        note: 'The same four rates; they stand in the notebook’s code. Here each layer is told by its name: how many there are depends on the model.',
      },
      {
        id: 'layerWise',
        title: 'Train with them',
        before:
          'The same two heads and six sentences, from the published weights again, this time with AdamW and the rates above. The loss falls much faster than in task 2, mostly because the heads learn a hundred times faster.',
        printed: ['epoch 1: loss 1.186', 'epoch 2: loss 0.599', 'epoch 3: loss 0.269'],
        note: 'Compare how the loss falls, not its digits. The notebook’s model is another, its heads began with other random numbers, and it ran with dropout, which is off here.',
      },
      {
        id: 'predict',
        title: 'Ask about new sentences',
        before:
          'Three sentences that were not among the examples. The number is how sure a head is of its answer, from 0 to 1. After three steps on six sentences it may well be wrong.',
        note: 'A cell that the notebook’s tasks do not ask for. To teach the model properly, with your own texts, go to Fine-tune.',
      },
    ],
  },
];
