interface FileButtonProps {
  label: string;
  /** File names' ends, as the input element takes them. */
  accept: string;
  disabled?: boolean;
  onFile: (file: File) => void;
}

/** A button that opens the browser's picker of files. The same file can be opened again. */
export function FileButton({ label, accept, disabled, onFile }: FileButtonProps) {
  return (
    <label class="button">
      {label}
      <input
        type="file"
        class="hidden"
        accept={accept}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) onFile(file);
          currentTarget.value = '';
        }}
      />
    </label>
  );
}
