import type { ComponentChildren } from 'preact';

interface CardProps {
  /** The title's id is made of it. */
  id: string;
  title: ComponentChildren;
  /** The place of a step that follows others. */
  number?: number;
  class?: string;
  /** Stands beside the title. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}

/** A part of a view, named by its title. */
export function Card({ id, title, number, class: look = '', beside, children }: CardProps) {
  const heading = (
    <h2 id={`${id}-title`}>
      {number && <span class="number">{number}</span>} {title}
    </h2>
  );
  return (
    <section class={`card ${look}`} aria-labelledby={`${id}-title`}>
      {beside === undefined ? (
        heading
      ) : (
        <div class="actions between">
          {heading}
          {beside}
        </div>
      )}
      {children}
    </section>
  );
}
