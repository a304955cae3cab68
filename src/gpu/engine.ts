import { DeviceLostError, GpuError, OutOfMemoryError } from '../errors.ts';
import type { GpuUsage } from '../types.ts';
import { Buffers } from './buffers.ts';
import { Commands } from './commands.ts';
import { type OpenDevice, openDevice } from './device.ts';
import { dryDevice } from './dryDevice.ts';
import { Pipelines } from './kernel.ts';
import type { Adapter, KernelChoice } from './variants.ts';

/** A device with its memory, pipelines and commands. Everything on the GPU belongs to one engine. */
export class Engine {
  readonly adapter: Adapter;
  /** The kernels that ops use here. Ops fill it by rule as they run; who sets it decides for the ops that come. */
  choice: KernelChoice = {};
  readonly device: GPUDevice;
  readonly buffers: Buffers;
  readonly pipelines: Pipelines;
  readonly commands: Commands;
  #lost: DeviceLostError | undefined;
  #failure: Error | undefined;
  readonly #onError = ({ error }: GPUUncapturedErrorEvent) => {
    this.#failure ??= this.#named(error);
  };

  private constructor({ device, ...adapter }: OpenDevice) {
    this.device = device;
    this.adapter = adapter;
    this.buffers = new Buffers(device);
    this.pipelines = new Pipelines(device);
    this.commands = new Commands(device, this.buffers, this.pipelines, () => this.check());
    device.addEventListener('uncapturederror', this.#onError);
    void device.lost.then(({ reason, message }) => {
      this.#lost ??= new DeviceLostError(
        `The GPU was taken away (${reason}${message ? `: ${message}` : ''}). Load the model again.`,
        { reason },
      );
    });
  }

  /** @throws WebGpuUnavailableError */
  static async open(gpu?: GPU): Promise<Engine> {
    return new Engine(await openDevice(gpu));
  }

  /** An engine with another's adapter and kernels that only counts what work takes. It runs nothing. */
  static dry({ device, adapter, choice }: Engine): Engine {
    const engine = new Engine({ device: dryDevice(device), ...adapter });
    engine.choice = choice;
    return engine;
  }

  /**
   * Throws what the GPU reported since the last call. A lost device is lost for good; after another error the
   * engine can be used again.
   */
  check(): void {
    if (this.#lost) throw this.#lost;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  usage(): GpuUsage {
    const { buffers, pipelines, commands } = this;
    return {
      bytes: buffers.bytes,
      liveBytes: buffers.liveBytes,
      liveBuffers: buffers.liveBuffers,
      created: {
        buffers: buffers.created,
        pipelines: pipelines.created,
        bindGroups: commands.bindGroupsCreated,
      },
      dispatches: commands.dispatches,
      submits: commands.submits,
    };
  }

  /** Destroys the pool's free buffers if they are more than so many bytes and no recorded work can need them. */
  trim(above = 0): void {
    if (this.commands.idle) this.buffers.trim(above);
  }

  /** Gives every buffer and the device back. Whoever still waits for work gets a DeviceLostError. */
  dispose(): void {
    // It is set here, since the device reports its loss only after the work that waits has failed.
    const message = 'The GPU was given back: the engine was disposed. Load the model again.';
    this.#lost ??= new DeviceLostError(message, { reason: 'destroyed' });
    this.buffers.dispose();
    // Dawn in Node never lets go of its listeners, and this one holds the engine.
    this.device.removeEventListener('uncapturederror', this.#onError);
    this.device.destroy();
  }

  #named(error: GPUError): Error {
    // By name, not by class: in Node the classes are not globals.
    if (error.constructor.name === 'GPUOutOfMemoryError') {
      const bytes = this.buffers.bytes;
      return new OutOfMemoryError(
        `The GPU has no room left (${bytes} bytes in use). Close other tabs, or use fewer or shorter texts at once.`,
        { bytes },
      );
    }
    return new GpuError(`The GPU refused an operation: ${error.message}`, { label: 'uncaptured' });
  }
}
