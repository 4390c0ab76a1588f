import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** `primary`: the one thing to do here. `danger`: cannot be undone easily. `quiet`: among others, such as in a table's head. */
export type ButtonKind = 'normal' | 'primary' | 'danger' | 'quiet';

type Rest = Omit<ButtonHTMLAttributes, 'icon' | 'children' | 'class'>;
interface Props extends Rest {
  readonly kind?: ButtonKind;
  readonly icon?: IconName;
  /** The work goes on: the button waits. */
  readonly busy?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ kind = 'normal', icon, busy = false, children, type = 'button', disabled, ...rest }: Props) {
  return (
    <button {...rest} type={type} class={`button ${kind}`} disabled={busy || disabled} aria-busy={busy}>
      {busy ? <span class="spinner" /> : icon && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </button>
  );
}

/** Only an icon is seen; `label` is read out and shown on hover. */
export function IconButton({ icon, label, ...rest }: Rest & { readonly icon: IconName; readonly label: string }) {
  return (
    <button type="button" {...rest} class="button icon-only quiet" aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

/** A link that looks like a button, for what leads to another page. */
export function ButtonLink({ href, kind = 'normal', icon, children }: { readonly href: string; readonly kind?: ButtonKind; readonly icon?: IconName; readonly children: ComponentChildren }) {
  return (
    <a class={`button ${kind}`} href={href}>
      {icon && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </a>
  );
}
