/** Shows what went wrong, and screen readers say it. Without a text it shows nothing. */
export function Problem({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p role="alert" class="error">
      {text}
    </p>
  );
}
