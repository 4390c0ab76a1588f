/** What every answer of the API may be. */

/** What went wrong and what to do; `path` names the field of the request. */
export interface ApiError {
  readonly error: string;
  readonly path?: string;
}

/** Every list that may be long. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** For `?after=` of the next page. */
  readonly next?: string;
}
