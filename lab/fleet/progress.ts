/** How far a step is: on a terminal one line that counts, elsewhere a line every tenth. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createProgress(out: Terminal): (step: string, done: number, of: number) => void {
  let last = '';
  return (step, done, of) => {
    const finished = done >= of;
    const shown = out.isTTY || finished ? done : Math.floor((done * 10) / of) * Math.floor(of / 10);
    const line = `${step}: ${shown} of ${of}`;
    if (line === last) return;
    last = line;
    if (!out.isTTY) return void out.write(`${line}\n`);
    out.write(`\r${line}${finished ? '\n' : ''}`);
  };
}
