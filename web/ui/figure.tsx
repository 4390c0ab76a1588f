import type { ComponentChildren } from 'preact';

/** One number that matters, with its name and a word about it; a link when there is more to it. */
export function Figure({ label, value, note, href }: { readonly label: string; readonly value: string; readonly note: string; readonly href?: string }) {
  const content = (
    <>
      <span class="figure-label">{label}</span>
      <span class="figure-value">{value}</span>
      <span class="figure-note">{note}</span>
    </>
  );
  return href ? (
    <a class="figure" href={href}>
      {content}
    </a>
  ) : (
    <div class="figure">{content}</div>
  );
}

/** A name and its value, in a `<dl class="facts">`. */
export function Fact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
