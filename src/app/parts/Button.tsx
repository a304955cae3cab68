import type { ButtonHTMLAttributes } from 'preact';

interface ButtonProps extends ButtonHTMLAttributes {
  label: string;
}

/** A button that does something on the page and sends no form. */
export function Button({ label, ...more }: ButtonProps) {
  return (
    <button type="button" {...more}>
      {label}
    </button>
  );
}
