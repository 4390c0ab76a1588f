import { useSignal, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Preview } from '../../../cloud/api/resources/rollouts.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { ApiFailure, call } from '../../lib/api.ts';
import { scopeText, type Scope, type Tree } from '../configuration/document.ts';

/** Milliseconds of quiet before a change is asked about. */
const PAUSE = 350;

/** What the document as it stands would change; undefined while that is asked. */
export function usePreview(scope: Scope, concern: Concern, document: Signal<Tree>): ReadonlySignal<Preview | undefined> {
  const preview = useSignal<Preview | undefined>(undefined);
  useEffect(() => {
    let overtaken = false;
    const timer = setTimeout(() => {
      const keep = (found: Preview): void => {
        if (!overtaken) preview.value = found;
      };
      call<Preview>('POST', '/rollouts/preview', { scope, concern, document: document.value }).then(keep, (error: unknown) => keep({ homes: [], unchanged: 0, problems: [{ path: (error instanceof ApiFailure && error.path) || '', reason: error instanceof Error ? error.message : String(error) }] }));
    }, PAUSE);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [scopeText(scope), concern, document.value]);
  return preview;
}
