import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';
import { Menu } from './menu.tsx';
import { toast } from './toast.tsx';

/** The command line that does the same as what is beside it. */
export function CommandHint({ command }: { readonly command: string }) {
  return (
    <div class="command">
      <span class="command-label">{t().common.command}</span>
      <Copyable text={command} />
    </div>
  );
}

/** The same in a menu, for a page's head. */
export function CommandMenu({ commands }: { readonly commands: readonly string[] }) {
  return (
    <Menu icon="terminal" label={t().common.command}>
      <div class="command-menu">
        <p class="muted">{t().common.command}</p>
        {commands.map((command) => (
          <Copyable key={command} text={command} />
        ))}
        <p class="muted">{t().common.commandToken}</p>
      </div>
    </Menu>
  );
}

/** A text in the fixed-width face with a button that copies it. */
export function Copyable({ text }: { readonly text: string }) {
  const copied = useSignal(false);
  useEffect(() => {
    if (!copied.value) return undefined;
    const timer = setTimeout(() => (copied.value = false), 2000);
    return () => clearTimeout(timer);
  }, [copied.value]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = true;
    } catch {
      toast(t().common.copyFailed, 'bad');
    }
  };
  return (
    <span class="copyable">
      <code>{text}</code>
      <IconButton icon={copied.value ? 'check' : 'copy'} label={copied.value ? t().common.copied : t().common.copy} onClick={() => void copy()} />
    </span>
  );
}
