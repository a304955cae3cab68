import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TabgradError } from '../../src/errors.ts';
import type { Kernel } from '../../src/gpu/kernel.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { linear } from '../../src/ops/products/linear.ts';
import {
  addGradient,
  backward,
  gradientToWrite,
  type Leaf,
  leafOf,
  needsGradient,
  record,
  withTape,
} from '../../src/tensor/autograd.ts';
import { scope } from '../../src/tensor/scope.ts';
import { empty, fromData, type Tensor, toFloats } from '../../src/tensor/tensor.ts';
import { type Input, testEngine } from '../support/engine.ts';
import { gradientsOf, leafFor } from '../support/gradients.ts';
import { expectClose, tensorOf } from '../support/numbers.ts';
import { matmul, transposed } from '../support/reference.ts';

const engine = await testEngine();
const { commands } = engine;

async function live() {
  await commands.submit();
  const { liveBytes, liveBuffers } = engine.usage();
  return { liveBytes, liveBuffers };
}
const [rows, width] = [5, 8];
const some = (shape: readonly number[], seed: number) => fromData(engine, tensorOf(shape, seed).data, shape);
/** A chain of linear layers, its parameters, and a leaf for each. */
function chain(layers: number) {
  const parameters = Array.from({ length: layers }, (_, i) => ({
    weight: some([width, width], 10 + i),
    bias: some([width], 20 + i),
  }));
  const leaf = (tensor: Tensor): [Tensor, Leaf] => [tensor, leafFor(engine, tensor)];
  const leavesFrom = (first: number) =>
    new Map(parameters.slice(first).flatMap(({ weight, bias }) => [leaf(weight), leaf(bias)]));
  const through = (x: Tensor) => parameters.reduce((y, { weight, bias }) => linear(y, weight, bias), x);
  return { parameters, leavesFrom, through };
}

// The first product makes the engine's scratch, which stays.
scope(engine, () => chain(1).through(some([rows, width], 1)));

let before: Awaited<ReturnType<typeof live>>;
beforeEach(async () => {
  before = await live();
});

/** Names of the kernels that `body` records. */
function kernelsOf(body: () => void): string[] {
  const names: string[] = [];
  const { dispatch } = commands;
  commands.dispatch = (kernel: Kernel, call) => {
    names.push(kernel.name);
    dispatch.call(commands, kernel, call);
  };
  onTestFinished(() => {
    commands.dispatch = dispatch;
  });
  body();
  commands.dispatch = dispatch;
  return names;
}

describe('without a tape', () => {
  it('nothing is recorded, and scopes give back what they hold', async () => {
    scope(engine, () => {
      const { through, parameters } = chain(3);
      const outside = engine.usage().liveBuffers;
      scope(engine, () => through(some([rows, width], 1)));
      // The result, and the data that waits for the submit.
      expect(engine.usage().liveBuffers - outside).toBe(2);
      const y = record(empty(engine, [4]), [parameters[0]!.weight], () => expect.fail('recorded'));
      expect(needsGradient(y)).toBe(false);
      expect(needsGradient(parameters[0]!.weight)).toBe(false);
      expect(leafOf(parameters[0]!.weight)).toBeUndefined();
      addGradient(y, () => expect.fail('wanted'));
      expect(gradientToWrite(parameters[0]!.weight)).toBeUndefined();
      expect(() => backward(engine, [[y, y]])).toThrow(/inside withTape/);
    });
    expect(await live()).toEqual(before);
  });

  it('an op runs the kernels of its forward pass alone, and as many on a tape where all is frozen', () => {
    const names = kernelsOf(() =>
      scope(engine, () => {
        const { through } = chain(4);
        through(some([rows, width], 1));
        withTape(engine, new Map(), () => {
          const y = through(some([rows, width], 1));
          expect(needsGradient(y)).toBe(false);
          backward(engine, [[y, some([rows, width], 2)]]);
        });
      }),
    );
    expect(names).toHaveLength(8);
  });
});

describe('the backward pass', () => {
  it.each([0, 1, 2, 3])('of a chain of four, the first %i frozen, runs what the others need', (frozen) => {
    const names = kernelsOf(() =>
      scope(engine, () => {
        const { through, leavesFrom } = chain(4);
        withTape(engine, leavesFrom(frozen), () => {
          const y = through(some([rows, width], 1));
          backward(engine, [[y, some([rows, width], 2)]]);
        });
      }),
    );
    const trained = 4 - frozen;
    // Four forward, a kernel for every two trained layers' gradients, and one down from each but the lowest of them.
    expect(names).toHaveLength(4 + Math.ceil(trained / 2) + (trained - 1));
  });

  it('runs from a root only what that root depends on', () => {
    const ran: string[] = [];
    scope(engine, () => {
      const leaf = some([4], 1);
      const node = (name: string, from: Tensor) =>
        record(empty(engine, [4]), [from], (dOut) => {
          ran.push(name);
          addGradient(from, (sum) => sum ?? dOut);
        });
      withTape(engine, new Map([[leaf, leafFor(engine, leaf)]]), () => {
        const stem = node('stem', leaf);
        const left = node('left', stem);
        node('right', stem);
        backward(engine, [[left, some([4], 2)]]);
      });
    });
    expect(ran).toEqual(['left', 'stem']);
  });

  it('takes several roots, one of them on the way to another', async () => {
    const [x, weight, bias] = [tensorOf([rows, width], 1), tensorOf([width, width], 2), tensorOf([width], 3)];
    const [gx, gy] = [tensorOf([rows, width], 4), tensorOf([rows, width], 5)];
    const reading = scope(engine, () => {
      const [w1, b1, w2, b2] = [weight, bias, weight, bias].map(({ data, shape }) =>
        fromData(engine, data, shape),
      );
      const leaves = new Map([b1!, b2!].map((tensor) => [tensor, leafFor(engine, tensor)]));
      for (const tensor of [w1!, w2!]) leaves.set(tensor, leafFor(engine, tensor));
      withTape(engine, leaves, () => {
        const h = linear(fromData(engine, x.data, x.shape), w1!, b1!);
        const y = linear(h, w2!, b2!);
        backward(engine, [
          [h, fromData(engine, gx.data, gx.shape)],
          [y, fromData(engine, gy.data, gy.shape)],
        ]);
      });
      return toFloats(leaves.get(b1!)!.gradient);
    });
    await commands.submit();
    const down = matmul(gy.data, weight.data, [rows, width, width], false);
    const expected = Array.from({ length: width }, (_, j) =>
      Array.from({ length: rows }, (_, i) => gx.data[i * width + j]! + down[i * width + j]!).reduce(
        (a, b) => a + b,
      ),
    );
    expectClose(await reading, expected, 2e-6);
  });

  it('refuses a root that is given twice: one of its gradients would be lost', () => {
    scope(engine, () => {
      const { through, leavesFrom } = chain(1);
      withTape(engine, leavesFrom(0), () => {
        const y = through(some([rows, width], 1));
        const roots = [y, y].map((root): [Tensor, Tensor] => [root, some([rows, width], 2)]);
        expect(() => backward(engine, roots)).toThrow(TabgradError);
      });
    });
  });

  it('adds what a second pass of the same update gives, and writes over what the last update left', async () => {
    const gradient = tensorOf([rows, width], 2);
    const readings = scope(engine, () => {
      const { through, leavesFrom, parameters } = chain(1);
      const leaves = leavesFrom(0);
      const pass = () =>
        withTape(engine, leaves, () => {
          const y = through(some([rows, width], 1));
          backward(engine, [[y, fromData(engine, gradient.data, gradient.shape)]]);
          return toFloats(leaves.get(parameters[0]!.weight)!.gradient);
        });
      const twice = [pass(), pass()];
      for (const leaf of leaves.values()) leaf.written = false;
      return Promise.all([...twice, pass()]);
    });
    await commands.submit();
    const [one, two, anew] = await readings;
    expectClose(
      two!,
      one!.map((value) => 2 * value),
      1e-6,
    );
    expect(anew).toEqual(one);
  });
});

describe('a gradient that residuals hand on', () => {
  it('through three of them keeps its bits while others come and go', async () => {
    const shape = [70, 64];
    const [dOut, u] = [tensorOf(shape, 1), tensorOf(shape, 2)];
    const inputs = { x: tensorOf(shape, 3), u, weight: tensorOf([64, 64], 4), bias: tensorOf([64], 5) };
    const trained = ['weight', 'bias'] as (keyof typeof inputs)[];
    const { x, weight } = await gradientsOf(engine, inputs, trained, dOut, ({ x, u, weight, bias }) => {
      const one = linear(u, weight, bias, x);
      const two = linear(u, weight, bias, one);
      return linear(u, weight, bias, two);
    });
    expect(x).toEqual(dOut.data);
    const once = matmul(transposed(dOut.data, 64, 70), u.data, [64, 64, 70], false);
    expectClose(
      weight,
      once.map((value) => 3 * value),
      1e-4,
    );
  });

  it('adds up where x is the residual twice, and an input too', async () => {
    const shape = [70, 64];
    const dOut = tensorOf(shape, 1);
    const inputs = { x: tensorOf(shape, 3), w: tensorOf([64, 64], 4), bias: tensorOf([64], 5) };
    const trained = ['w', 'bias'] as (keyof typeof inputs)[];
    const { x } = await gradientsOf(engine, inputs, trained, dOut, ({ x, w, bias }) =>
      linear(linear(x, w, bias, x), w, bias, x),
    );
    // y = (xWᵀ + x)Wᵀ + x + …, so dX = D + (D W)(1 + W).
    const down = matmul(dOut.data, inputs.w.data, [70, 64, 64], false);
    const further = matmul(down, inputs.w.data, [70, 64, 64], false);
    const expected = further.map((value, i) => value + down[i]! + dOut.data[i]!);
    expectClose(x, expected, 1e-4);
  });
});

describe('a tape', () => {
  const open = (body: () => void) => withTape(engine, new Map(), body);

  it('is refused where one is open, which goes on', () => {
    let inside = false;
    open(() => {
      expect(() => open(() => expect.fail('opened'))).toThrow(/A tape is open already/);
      inside = true;
    });
    expect(inside).toBe(true);
    open(() => {});
  });

  it('is gone after an error, in the forward pass and in the backward pass; so is the memory', async () => {
    for (const when of ['forward', 'backward']) {
      const failing = () =>
        scope(engine, () => {
          const { through, leavesFrom, parameters } = chain(3);
          withTape(engine, leavesFrom(0), () => {
            const broken = record(empty(engine, [rows, width]), [parameters[0]!.weight], () => {
              throw new TabgradError('broken');
            });
            const y = through(broken);
            if (when === 'forward') throw new TabgradError('broken');
            backward(engine, [[y, some([rows, width], 2)]]);
          });
        });
      expect(failing).toThrow(/broken/);
      expect(() => backward(engine, [])).toThrow(/inside withTape/);
      expect(await live()).toEqual(before);
      open(() => {});
    }
  });

  it('leaves nothing behind after an error: the next pass has the gradients of a layer norm', async () => {
    const inputs = { x: tensorOf([rows, width], 1), gamma: tensorOf([width], 2), beta: tensorOf([width], 3) };
    const gradients = (dOut: Input, broken: boolean) =>
      gradientsOf<'x' | 'gamma' | 'beta'>(engine, inputs, ['gamma', 'beta'], dOut, ({ x, gamma, beta }) => {
        const from = record(empty(engine, [rows, width]), [x], () => {
          throw new TabgradError('broken');
        });
        return layerNorm(broken ? from : x, gamma, beta, 1e-12);
      });
    await expect(gradients(tensorOf([rows, width], 4), true)).rejects.toThrow(/broken/);
    for (const seed of [5, 6]) {
      const dOut = tensorOf([rows, width], seed);
      const { beta } = await gradients(dOut, false);
      const sums = Array.from({ length: width }, (_, j) =>
        Array.from({ length: rows }, (_, i) => dOut.data[i * width + j]!).reduce((a, b) => a + b),
      );
      expectClose(beta, sums, 1e-6);
    }
  });
});
