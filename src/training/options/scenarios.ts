import { branchPattern, layerPattern, usualTree } from '../../architectures/parameterTree.ts';
import { ArgumentError } from '../../errors.ts';
import type { LearningRate } from '../../optim/paramGroups.ts';
import type { Pattern } from '../../optim/patterns.ts';
import type { ParameterTree } from '../../types.ts';

/** Parameters to train: all, nothing, the heads or one of them, the top layers too, or all at rates by depth. */
export type ScenarioName = 'full' | 'frozen' | 'heads-only' | 'one-head' | 'top-layers' | 'layer-wise';

/**
 * What is trained, and how fast, by patterns over the names of parameters. A head has 'heads.<name>.weight' and
 * '.bias'.
 */
export interface Scenario {
  name: string;
  frozen: readonly Pattern[];
  /** The rates of parameters that are not frozen; of several patterns the last that matches wins. */
  learningRate: LearningRate;
  optimizer?: 'adam' | 'adamw';
}

/** The facts of the model that a scenario needs. */
export interface ScenarioOptions {
  /** Layers of the encoder. */
  layers: number;
  /** Names of the model's heads. */
  heads: readonly string[];
  /** The model's `parameterTree`; that of a BERT if left out. */
  parameterTree?: ParameterTree;
  /** 'one-head': the head to train; the first if left out. */
  head?: string;
  /** 'top-layers': how many of the encoder's last layers to train; 2 if left out, or all of fewer. */
  top?: number;
  /** 'layer-wise': factor on the rate from a layer to the one below it; two steps (halves) if left out. */
  decay?: number;
}

const allHeads = 'heads.*';

/** One rate for everything, and rates by depth from the embeddings to the heads: those of the page's notebook. */
const rates = { all: 1e-5, embeddings: 1e-5, lower: 5e-5, upper: 1e-4, heads: 1e-3 };

type Maker = (
  options: Required<Omit<ScenarioOptions, 'decay'>> & { decay?: number },
) => Omit<Scenario, 'name'>;

const makers: Record<ScenarioName, Maker> = {
  full: () => ({ frozen: [], learningRate: rates.all, optimizer: 'adam' }),

  frozen: () => ({ frozen: ['*'], learningRate: rates.all }),

  'heads-only': ({ parameterTree }) => ({ frozen: [wholeEncoder(parameterTree)], learningRate: rates.heads }),

  'one-head': ({ parameterTree, heads, head }) => ({
    frozen: [wholeEncoder(parameterTree), ...heads.filter((other) => other !== head).map(headPattern)],
    learningRate: rates.heads,
  }),

  'top-layers': ({ parameterTree: tree, layers, heads, top }) => ({
    frozen: [outsideLayers(tree), ...layersFrom(tree, 0, layers - top)],
    learningRate: [...layersAt(rates.upper, tree, layers - top, layers), ...ofHeads(heads)],
  }),

  'layer-wise': ({ parameterTree: tree, layers, heads, decay }) => ({
    frozen: [],
    learningRate: [
      ...(decay === undefined ? byHalves(tree, layers) : byLayers(tree, layers, decay)),
      ...ofHeads(heads),
    ],
    optimizer: 'adamw',
  }),
};

/**
 * A scenario as data.
 * - full: everything, at one rate
 * - frozen: nothing at all
 * - heads-only, one-head: on a backbone that stays as it is
 * - top-layers: the last layers and the heads
 * - layer-wise: the deeper the slower. With a decay d, layer i of L has the rate 1e-4 · d^(L − 1 − i), the embeddings
 *   are one below layer 0; without, embeddings 1e-5, lower half 5e-5, upper half 1e-4. Heads 1e-3.
 * @throws ArgumentError for an unknown name or head, heads alone of a model without any, more layers than there are,
 * or a decay
 *   that is not above 0 and at most 1
 */
export function scenario(name: ScenarioName, options: ScenarioOptions): Scenario {
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (!maker) throw wrong('name', `"${String(name)}" is none. Use one of ${Object.keys(makers).join(', ')}.`);
  const { layers, heads, decay, parameterTree = usualTree } = options;
  expectLayers('layers', layers, 'from 1');
  const [firstHead = ''] = heads;
  if (heads.length === 0 && (name === 'heads-only' || name === 'one-head')) {
    throw wrong('heads', `${name} needs a head, and the model has none. Call addHead() first.`);
  }
  const { head = firstHead, top = Math.min(2, layers) } = options;
  if (heads.length > 0 && !heads.includes(head)) {
    throw wrong('head', `the model has no head "${String(head)}". Use one of ${heads.join(', ')}.`);
  }
  expectLayers('top', top, `from 1 to ${layers}, the encoder's layers`, layers);
  if (decay !== undefined && !(decay > 0 && decay <= 1)) {
    throw wrong('decay', `decay is ${String(decay)}. Use a number above 0, at most 1, such as 0.8.`);
  }
  return { name, ...maker({ layers, heads, head, top, decay, parameterTree }) };
}

function byHalves(tree: ParameterTree, layers: number): [Pattern, number][] {
  const half = Math.floor(layers / 2);
  return [
    [outsideLayers(tree), rates.embeddings],
    ...layersAt(rates.lower, tree, 0, half),
    ...layersAt(rates.upper, tree, half, layers),
  ];
}

function byLayers(tree: ParameterTree, layers: number, decay: number): [Pattern, number][] {
  return [
    [outsideLayers(tree), rates.upper * decay ** layers],
    ...Array.from({ length: layers }, (_, i) =>
      layersAt(rates.upper * decay ** (layers - 1 - i), tree, i, i + 1),
    ).flat(),
  ];
}

/** The heads' rate; none where there are no heads, since a pattern must match. */
function ofHeads(heads: readonly string[]): [Pattern, number][] {
  return heads.length > 0 ? [[allHeads, rates.heads]] : [];
}

/** All of the encoder as one pattern: each pattern must match, and a checkpoint may lack an unused branch. */
function wholeEncoder({ embeddings, layers, unused }: ParameterTree): Pattern {
  return branchPattern([...embeddings, layers.split('.', 1)[0]!, ...unused]);
}

function outsideLayers({ embeddings, unused }: ParameterTree): Pattern {
  return branchPattern([...embeddings, ...unused]);
}

/** Layers from `first` to before `end` as one pattern; no pattern where there is no layer. */
function layersFrom(tree: ParameterTree, first: number, end: number): Pattern[] {
  const numbers = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  return numbers.length === 0 ? [] : [layerPattern(tree, numbers)];
}

function layersAt(rate: number, tree: ParameterTree, first: number, end: number): [Pattern, number][] {
  return layersFrom(tree, first, end).map((pattern) => [pattern, rate]);
}

/** A head's parameters. A RegExp where its name could be taken for a glob. */
function headPattern(name: string): Pattern {
  if (/^[\w -]+$/.test(name)) return `heads.${name}.*`;
  return new RegExp(`^heads\\.${name.replace(/\W/g, '\\$&')}\\.[^.]+$`);
}

function expectLayers(argument: string, value: number, range: string, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw wrong(argument, `${argument} is ${String(value)}. Use a whole number ${range}.`);
}

function wrong(argument: string, what: string): ArgumentError {
  return new ArgumentError(`scenario(): ${what}`, { argument });
}
