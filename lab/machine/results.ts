/** What a virtual machine tells, one line of JSON each, in the file `results` of the folder that it shares with its host. */
export const RESULTS = 'results';

/** Besides the story's own lines. */
export type Outcome =
  | { readonly kind: 'booted'; readonly kernel: string }
  /** What comes next. */
  | { readonly kind: 'step'; readonly what: string }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'done' };
