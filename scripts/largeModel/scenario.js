/** What is trained, in Node and in the browser: two batches of two short texts. */
export const training = {
  examples: [
    { text: 'The parcel came early.', labels: { topic: 'delivery', tone: 'good' } },
    { text: 'They sent the wrong colour.', labels: { topic: 'quality', tone: 'bad' } },
    { text: 'It broke after a day.', labels: { topic: 'quality', tone: 'bad' } },
    { text: 'On time, as always.', labels: { topic: 'delivery', tone: 'good' } },
  ],
  heads: { topic: { labels: ['delivery', 'quality'] }, tone: { labels: ['good', 'bad'] } },
  scenario: /** @type {const} */ ('top-layers'),
  epochs: 1,
  batchSize: 2,
};

export const trial = ['It never came.'];
