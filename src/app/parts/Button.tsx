import type { ButtonHTMLAttributes } from 'preact';

/** A button that does something on the page and sends no form. */
export function Button({ label, ...more }: ButtonHTMLAttributes & { label: string }) {
  return (
    <button type="button" {...more}>
      {label}
    </button>
  );
}
