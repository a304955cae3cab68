import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { busyWith } from '../model/busy.ts';
import { isDragging } from './state.ts';

/** Says what can be dropped, while files are dragged over the page. As a popover it lies above an open menu. */
export function DropOverlay() {
  const overlay = useRef<HTMLDivElement>(null);
  useSignalEffect(() => void overlay.current?.togglePopover(isDragging.value));
  return (
    <div ref={overlay} popover="manual" class="drop-overlay">
      <div class="card drop-offer">
        <p class="drop-title">Drop it anywhere</p>
        <dl>
          <dt>A model</dt>
          <dd>its folder, its zip, or its files</dd>
          <dt>Examples</dt>
          <dd>CSV, TSV, JSONL</dd>
          <dt>Sentences</dt>
          <dd>TXT, one a line</dd>
        </dl>
        <p class="muted">
          {busyWith.value
            ? `${busyWith.value}: another model has to wait until it ends.`
            : 'Nothing leaves this tab.'}
        </p>
      </div>
    </div>
  );
}
