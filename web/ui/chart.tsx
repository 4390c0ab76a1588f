/** Lines over time, drawn by uPlot, which is loaded when the first chart is shown. Values stand in words beside it, too. */
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type uPlot from 'uplot';
import { format, language } from '../i18n/index.ts';
import { theme } from '../lib/preferences.ts';
import { useMedia } from './table.tsx';

export interface Series {
  readonly name: string;
  /** A token of the design, such as `--accent`. */
  readonly colour: string;
  readonly values: readonly (number | undefined)[];
  readonly show: (value: number) => string;
  readonly filled?: boolean;
  /** Not only the colour tells lines apart. */
  readonly dashed?: boolean;
}

interface Props {
  readonly label: string;
  /** Unix milliseconds, growing. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** Both ends of the axis; without it from zero up to the largest value. */
  readonly range?: readonly [number, number] | undefined;
}

const HEIGHT = 168;
/** Seconds of the axis while there is little to show yet. */
const SHORTEST = 900;
/** So few make no line that is seen. */
const FEW = 5;

export function Chart({ label, times, series, range }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  const dark = useMedia('(prefers-color-scheme: dark)');
  const now = { times, series, range };
  const latest = useRef(now);
  latest.current = now;
  useEffect(() => {
    let gone = false;
    let stop = (): void => undefined;
    void import('uplot').then(({ default: Plot }) => {
      const element = box.current;
      if (gone || !element) return;
      const made = new Plot(optionsOf(element, latest.current, () => latest.current.times, (i) => (pointed.value = i)), dataOf(latest.current), element);
      plot.current = made;
      const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
      watch.observe(element);
      stop = () => {
        watch.disconnect();
        made.destroy();
        plot.current = undefined;
      };
    });
    return () => {
      gone = true;
      stop();
    };
  }, [theme.value, dark, language.value, series.length]);
  useEffect(() => plot.current?.setData(dataOf(now)), [times, series]);
  const at = Math.min(pointed.value ?? times.length - 1, times.length - 1);
  const value = (one: Series): string => {
    const known = one.values[at];
    return known === undefined ? '' : one.show(known);
  };
  return (
    <figure class="chart" aria-label={`${label}: ${series.map((s) => `${s.name} ${value(s)}`).join(', ')}`}>
      <figcaption class="chart-legend" aria-hidden="true">
        {series.map((one) => (
          <span key={one.name}>
            <i class={one.dashed ? 'dashed' : ''} style={{ borderColor: `var(${one.colour})` }} />
            {one.name} <strong>{value(one)}</strong>
          </span>
        ))}
        {pointed.value !== undefined && times[at] !== undefined && <span class="chart-time">{format().time(times[at])}</span>}
      </figcaption>
      <div class="chart-plot" ref={box} style={{ height: `${HEIGHT}px` }} />
    </figure>
  );
}

type Shown = Pick<Props, 'times' | 'series' | 'range'>;
const dataOf = ({ times, series }: Shown): uPlot.AlignedData => [times.map((at) => at / 1000), ...series.map((s) => s.values.map((v) => v ?? null))] as uPlot.AlignedData;

/** A canvas knows no custom properties: they are looked up each time the theme changes. */
function optionsOf(element: HTMLElement, { series, range }: Shown, times: () => readonly number[], onPoint: (index: number | undefined) => void): uPlot.Options {
  const style = getComputedStyle(element);
  const probe = element.appendChild(document.createElement('span'));
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const muted = colour('--muted');
  const grid = colour('--line');
  const font = `12px ${style.fontFamily}`;
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 28, 0, 0],
    cursor: { y: false, drag: { setScale: false }, points: { size: 7 } },
    scales: { x: { range: () => span(times()) }, y: { range: (_, __, most) => (range ? [range[0], range[1]] : [0, niceTop(most ?? 0)]) } },
    axes: [
      { stroke: muted, font, size: 28, grid: { show: false }, ticks: { show: false }, space: 64, incrs: [60, 120, 300, 600, 900, 1800, 3600], values: (_, at) => at.map((s) => format().minute(s * 1000)) },
      { stroke: muted, font, size: 60, grid: { stroke: grid, width: 1 }, ticks: { show: false }, space: 36, values: (_, at) => at.map((v) => series[0]?.show(v) ?? '') },
    ],
    series: [{}, ...series.map((s): uPlot.Series => ({ stroke: colour(s.colour), width: 2, points: { show: (u) => u.data[0].length < FEW }, ...(s.dashed ? { dash: [6, 4] } : {}), ...(s.filled ? { fill: colour(s.colour).replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)') } : {}) }))],
    hooks: { setCursor: [(u) => onPoint(u.cursor.idx ?? undefined)] },
  };
  probe.remove();
  return options;
}

/** Both ends of the axis in seconds: what there is, and at least some minutes up to now. */
function span(times: readonly number[]): [number, number] {
  const most = (times.at(-1) ?? Date.now()) / 1000;
  return [Math.min((times[0] ?? Infinity) / 1000, most - SHORTEST), most];
}

/** A little above the largest value, so that the line does not touch the edge. */
const niceTop = (most: number): number => (most <= 0 ? 1 : most * 1.1);
