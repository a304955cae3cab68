interface SelectProps {
  label: string;
  title?: string;
  /** The name for screen readers, where the label alone does not say it. */
  name?: string;
  class?: string;
  value: string | number | undefined;
  /** The choices, with the words that are shown for each where these differ. */
  options: readonly (string | number)[] | Readonly<Record<string, string>>;
  disabled?: boolean;
  onChoose: (value: string) => void;
}

export function Select({ label, title, name, class: look = 'chip', value, options, ...more }: SelectProps) {
  const words = Array.isArray(options) ? options.map((each) => [each, each]) : Object.entries(options);
  return (
    <label class={look} title={title}>
      {label}
      <select
        aria-label={name}
        value={value}
        disabled={more.disabled}
        onChange={({ currentTarget }) => more.onChoose(currentTarget.value)}
      >
        {words.map(([each, word]) => (
          <option key={each} value={each}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}
