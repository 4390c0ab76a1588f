/** Days as the date field writes them, `2026-11-23`, and the instants between which they lie here. */
export const dayOf = (text: string | undefined): string | undefined => (text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00`)) ? text : undefined);

/** Unix milliseconds of its first instant. */
export function fromDay(text: string | undefined): number | undefined {
  const day = dayOf(text);
  return day === undefined ? undefined : Date.parse(`${day}T00:00:00`);
}

/** Unix milliseconds of its last one. */
export function toDay(text: string | undefined): number | undefined {
  const day = dayOf(text);
  return day === undefined ? undefined : Date.parse(`${day}T23:59:59.999`);
}
