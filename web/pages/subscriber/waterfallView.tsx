/** The drawing of one roam: two lanes, home and anchor, with the messages as arrows between them, on one axis of time. */
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Handover } from '../../../cloud/api/resources/handovers.ts';
import { format, t } from '../../i18n/index.ts';
import { Stages } from './stages.tsx';
import { draw, spread, type Drawing, type Drawn, type Mark } from './waterfall.ts';

const GUTTER = 132;
const EDGE = 14;
/** Heights, from the top. */
const Y = { total: 20, homeLabels: 46, home: 74, lma: 146, lmaLabels: 174, axis: 200, height: 218 } as const;
const BAR = 12;
const LABEL_GAP = 22;
/** Pixels of the page's letters that the sizes here are made for. */
const LETTERS = 16;
const NARROW = 560;
const NARROW_GUTTER = 56;

export function Waterfall({ handover }: { readonly handover: Handover }) {
  const box = useRef<HTMLDivElement>(null);
  const plane = useSignal({ width: 0, zoom: 1 });
  useEffect(() => {
    if (!box.current) return undefined;
    const watch = new ResizeObserver(([entry]) => {
      // The drawing grows with the letters of the page.
      const zoom = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / LETTERS;
      plane.value = { width: Math.floor((entry?.contentRect.width ?? 0) / zoom), zoom };
    });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return (
    <div class="waterfall">
      <div ref={box} class="waterfall-plane">
        {plane.value.width > 0 && <Plane handover={handover} {...plane.value} />}
      </div>
      <Stages stages={handover.stages} success={handover.success} />
    </div>
  );
}

function Plane({ handover, width, zoom }: { readonly handover: Handover; readonly width: number; readonly zoom: number }) {
  const words = t().subscribers.waterfall;
  const id = useId();
  const narrow = width < NARROW;
  const left = narrow ? NARROW_GUTTER : GUTTER;
  const drawing = draw(handover.stages, width - left - EDGE);
  const anchor = handover.lma ?? words.anchor;
  const total = drawing.marks.find((m) => m.name === 'pathsSwitched');
  return (
    <svg width={width * zoom} height={Y.height * zoom} viewBox={`0 0 ${width} ${Y.height}`} role="img" aria-labelledby={`${id}-title`} class="waterfall-drawing">
      <title id={`${id}-title`}>{described(handover)}</title>
      <defs>
        <marker id={`${id}-head`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
          <path d="M0 0.5 8 4 0 7.5Z" class="arrow-head" />
        </marker>
      </defs>
      <LaneNames home={narrow ? '' : handover.to.name} lma={narrow ? '' : anchor} />
      <g transform={`translate(${left} 0)`}>
        <Axis drawing={drawing} width={width - left - EDGE} />
        <line class="lane" x1={0} x2={width - left - EDGE} y1={Y.home} y2={Y.home} />
        <line class="lane" x1={0} x2={width - left - EDGE} y1={Y.lma} y2={Y.lma} />
        {total && <Total width={total.x} room={width - left - EDGE - total.x} milliseconds={handover.duration ?? 0} />}
        {drawing.steps.map((s) => (
          <StepShape key={`${s.from} ${s.to}`} step={s} head={`url(#${id}-head)`} />
        ))}
        <Unanswered drawing={drawing} />
        <Marks marks={drawing.marks.filter((m) => m.lane === 'home')} y={Y.home} labels={Y.homeLabels} width={width - left - EDGE} />
        <Marks marks={drawing.marks.filter((m) => m.lane === 'lma')} y={Y.lma} labels={Y.lmaLabels} width={width - left - EDGE} />
      </g>
    </svg>
  );
}

/** For those who do not see the drawing; the list of stages below has each instant. */
function described({ from, to, success, duration }: Handover): string {
  const words = t().subscribers.waterfall;
  return words.described(from?.name ?? '—', to.name, success && duration !== undefined ? format().duration(duration) : t().subscribers.timeline.failed);
}

const cut = (name: string): string => (name.length > 17 ? `${name.slice(0, 16)}…` : name);

function LaneNames({ home, lma }: { readonly home: string; readonly lma: string }) {
  const words = t().subscribers.waterfall;
  return (
    <g class="lane-names">
      <text x={0} y={Y.home - 3} class="lane-name">
        {cut(home)}
      </text>
      <text x={0} y={Y.home + (home ? 13 : 4)} class="lane-kind">
        {words.home}
      </text>
      <text x={0} y={Y.lma - 3} class="lane-name">
        {cut(lma)}
      </text>
      <text x={0} y={Y.lma + (lma ? 13 : 4)} class="lane-kind">
        {words.anchor}
      </text>
    </g>
  );
}

function Axis({ drawing, width }: { readonly drawing: Drawing; readonly width: number }) {
  const every = drawing.ticks.length * 52 > width ? 2 : 1;
  return (
    <g class="axis">
      {drawing.ticks.map(({ x, at }, i) => (
        <g key={at}>
          <line x1={x} x2={x} y1={Y.homeLabels + 12} y2={Y.axis - 12} />
          {i % every === 0 && (
            <text x={x} y={Y.axis + 6} text-anchor={i === 0 ? 'start' : x > width - 20 ? 'end' : 'middle'}>
              {format().number(at, 1)}
              {i === 0 ? ' ms' : ''}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

/** The time that the roam took, as engineers draw a measure. */
function Total({ width, room, milliseconds }: { readonly width: number; readonly room: number; readonly milliseconds: number }) {
  const text = format().duration(milliseconds);
  return (
    <g class="total">
      <path d={`M0.5 ${Y.total - 5}V${Y.total + 5}M0 ${Y.total}H${width}M${width - 0.5} ${Y.total - 5}V${Y.total + 5}`} />
      <text x={room > 60 ? width + 8 : width} y={room > 60 ? Y.total + 4 : Y.total - 7} text-anchor={room > 60 ? 'start' : 'end'}>
        {text}
      </text>
    </g>
  );
}

function StepShape({ step, head }: { readonly step: Drawn; readonly head: string }) {
  const { lane, kind, x1, x2, milliseconds, unsure } = step;
  if (lane === 'home' || lane === 'lma') {
    const y = lane === 'home' ? Y.home : Y.lma;
    return <rect class={`bar ${kind}`} x={x1} y={y - BAR / 2} width={Math.max(1.5, x2 - x1)} height={BAR} rx={Math.min(3, (x2 - x1) / 2)} />;
  }
  const [y1, y2] = lane === 'down' ? [Y.home + BAR / 2, Y.lma - BAR / 2] : [Y.lma - BAR / 2, Y.home + BAR / 2];
  const label = `${lane === 'down' ? 'PBU' : 'PBA'} ${format().number(milliseconds, 1)} ms`;
  // Below the arrow, where neither the lanes nor the other arrow are; one that begins too far left for that has it behind itself.
  const down = lane === 'down';
  const x = (x1 + x2) / 2 + (down ? -6 : 6);
  const outside = down && x < label.length * 7;
  return (
    <g class={unsure ? 'message unsure' : 'message'}>
      <line x1={x1} y1={y1} x2={x2} y2={y2} marker-end={head} />
      <text x={outside ? x2 + 8 : x} y={(y1 + y2) / 2 + 16} text-anchor={down && !outside ? 'end' : 'start'}>
        {outside ? label.slice(4) : label}
      </text>
    </g>
  );
}

/** A PBU that nothing answered: an arrow that ends on the way. */
function Unanswered({ drawing }: { readonly drawing: Drawing }) {
  const sent = drawing.marks.find((m) => m.name === 'pbuSent');
  if (!sent || drawing.marks.some((m) => m.name === 'pbuReceived' || m.name === 'pbaReceived')) return null;
  const [x, y] = [sent.x + 26, (Y.home + Y.lma) / 2 + 8];
  return (
    <g class="lost">
      <line x1={sent.x} y1={Y.home + BAR / 2} x2={x} y2={y} />
      <path d={`M${x - 5} ${y - 5}l10 10M${x + 5} ${y - 5}l-10 10`} />
      <text x={x + 14} y={y + 4}>
        {t().subscribers.waterfall.noAnswer}
      </text>
    </g>
  );
}

/** Numbered dots; the numbers are those of the list of stages. */
function Marks({ marks, y, labels, width }: { readonly marks: readonly Mark[]; readonly y: number; readonly labels: number; readonly width: number }) {
  const places = spread(
    marks.map((m) => m.x),
    LABEL_GAP,
    width,
  );
  const away = labels < y ? -1 : 1;
  return (
    <g class="marks">
      {marks.map((m, i) => {
        const x = places[i] ?? m.x;
        return (
          <g key={m.name} class={m.beyond ? 'beyond' : undefined}>
            <path class="leader" d={`M${m.x} ${y + (away * BAR) / 2}L${x} ${labels - away * 9}`} />
            <circle class="dot" cx={m.x} cy={y} r={3.5} />
            <circle class="number" cx={x} cy={labels} r={9} />
            <text x={x} y={labels + 4} text-anchor="middle">
              {m.number}
            </text>
          </g>
        );
      })}
    </g>
  );
}
