/** What went wrong, said by screen readers; nothing where the text is empty. */
export function Problem({ text }: { text: string }) {
  if (text === '') return null;
  return (
    <p role="alert" class="error">
      {text}
    </p>
  );
}
