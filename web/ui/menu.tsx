import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Icon, type IconName } from './icon.tsx';

/** A button that opens a small panel below itself: choices, check boxes. Escape, or a click elsewhere, closes it. */
export function Menu({ icon, label, showLabel = false, children }: { readonly icon: IconName; readonly label: string; readonly showLabel?: boolean; readonly children: ComponentChildren | ((close: () => void) => ComponentChildren) }) {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    open.value = false;
  };
  useEffect(() => {
    if (!open.value) return undefined;
    const outside = (e: Event): void => {
      if (e.target instanceof Node && !box.current?.contains(e.target)) close();
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open.value]);
  return (
    <div
      class="menu"
      ref={box}
      onKeyDown={(e) => {
        if (e.key !== 'Escape' || !open.value) return;
        e.stopPropagation();
        close();
        button.current?.focus();
      }}
    >
      <button ref={button} type="button" class={showLabel ? 'button normal' : 'button icon-only quiet'} aria-expanded={open.value} aria-label={showLabel ? undefined : label} title={showLabel ? undefined : label} onClick={() => (open.value = !open.value)}>
        <Icon name={icon} size={showLabel ? 18 : 20} />
        {showLabel && <span>{label}</span>}
      </button>
      {open.value && <div class="menu-panel">{typeof children === 'function' ? children(close) : children}</div>}
    </div>
  );
}

/** One line of a menu. */
export function MenuItem({ icon, checked, onClick, children }: { readonly icon?: IconName; readonly checked?: boolean; readonly onClick: () => void; readonly children: ComponentChildren }) {
  return (
    <button type="button" class="menu-item" aria-pressed={checked} onClick={onClick}>
      {checked === undefined ? icon && <Icon name={icon} size={18} /> : checked ? <Icon name="check" size={18} /> : <span class="menu-gap" />}
      <span>{children}</span>
    </button>
  );
}
