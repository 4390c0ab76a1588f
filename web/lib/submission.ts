/** What a form or a dialog asks of the API: whether it is on its way, and where to say what was wrong. */
import { useSignal } from '@preact/signals';
import { failureOf, type ApiFailure } from './api.ts';

export interface Submission<Field extends string> {
  readonly busy: boolean;
  /** What went wrong, for the form's head, unless it is said at a field. */
  readonly failure: ApiFailure | undefined;
  /** What is wrong with this field. */
  readonly of: (field: Field) => string | undefined;
  /** Never rejects. */
  readonly submit: (work: () => Promise<unknown>) => Promise<void>;
}

/** The API may blame what a form does not draw: its head says that, so that no refusal is silent. */
export function placed<Field extends string>(failure: ApiFailure | undefined, fields: readonly Field[]): Pick<Submission<Field>, 'failure' | 'of'> {
  const atField = fields.some((field) => field === failure?.path);
  return { failure: atField ? undefined : failure, of: (field) => (atField && failure?.path === field ? failure.message : undefined) };
}

/** @param fields that say what is wrong with them, by their paths in the request */
export function useSubmission<Field extends string = never>(fields: readonly Field[] = []): Submission<Field> {
  const busy = useSignal(false);
  const failure = useSignal<ApiFailure | undefined>(undefined);
  return {
    busy: busy.value,
    ...placed(failure.value, fields),
    async submit(work) {
      busy.value = true;
      failure.value = undefined;
      try {
        await work();
      } catch (error) {
        failure.value = failureOf(error);
      }
      busy.value = false;
    },
  };
}
