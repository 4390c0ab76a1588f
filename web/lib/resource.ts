/** What a page loads: kept while the page is shown, loaded anew on demand, after a `reset` and when the path changes. */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { failureOf, get, type ApiFailure } from './api.ts';
import { live } from './live.ts';

export interface Resource<T> {
  readonly data: ReadonlySignal<T | undefined>;
  readonly error: ReadonlySignal<ApiFailure | undefined>;
  readonly loading: ReadonlySignal<boolean>;
  /** Puts in what is known already, such as the answer to a change. */
  readonly set: (value: T) => void;
  readonly reload: () => Promise<void>;
}

/** @param path below /api/v1; undefined loads nothing. @param load another way than one GET, such as all pages */
export function useResource<T>(path: string | undefined, load: (path: string) => Promise<T> = get<T>): Resource<T> {
  const data = useSignal<T | undefined>(undefined);
  const error = useSignal<ApiFailure | undefined>(undefined);
  const loading = useSignal(path !== undefined);
  const latest = useRef(0);
  const reload = useCallback(async (): Promise<void> => {
    if (path === undefined) return;
    const mine = ++latest.current;
    loading.value = true;
    try {
      const value = await load(path);
      // An answer that was overtaken by a newer question is not shown.
      if (mine !== latest.current) return;
      data.value = value;
      error.value = undefined;
    } catch (failure) {
      if (mine !== latest.current) return;
      error.value = failureOf(failure);
    }
    loading.value = false;
  }, [path]);
  const generation = live.generation.value;
  useEffect(() => {
    void reload();
    return () => {
      latest.current++;
    };
  }, [reload, generation]);
  return { data, error, loading, reload, set: (value) => (data.value = value) };
}
