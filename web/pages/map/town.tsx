/** The map on the page: canvases, buttons, scale, legend, and the home that is chosen. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Topology } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { onLive } from '../../lib/live.ts';
import { preference, theme } from '../../lib/preferences.ts';
import { IconButton } from '../../ui/button.tsx';
import { CheckBox } from '../../ui/field.tsx';
import { Note } from '../../ui/page.tsx';
import { handoversIn } from '../subscribers/moved.ts';
import { Chosen } from './chosen.tsx';
import { Legend } from './legend.tsx';
import type { Shown } from './paint.ts';
import { scaleBar } from './plane.ts';
import type { Layout, Scene } from './scene.ts';
import { createStage, type Stage } from './stage.ts';

const LAYERS = ['neighbours', 'moves', 'tunnels'] as const;
const isShown = (v: unknown): v is Shown => typeof v === 'object' && v !== null && LAYERS.every((l) => typeof (v as Record<string, unknown>)[l] === 'boolean');
const layers = preference<Shown>('map.layers', { neighbours: true, moves: false, tunnels: false }, isShown);
const ZOOM = 1.5;
/** Pixels. */
const SCALE_BAR = 120;

export function Town({ scene, layout, topology }: { readonly scene: Scene; readonly layout: Layout; readonly topology: Topology }) {
  const words = t().map;
  const box = useRef<HTMLDivElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage | undefined>(undefined);
  const selected = useSignal<string | undefined>(undefined);
  const scale = useSignal(1);
  // Before it is seen: whoever sees the map may press a key.
  useLayoutEffect(() => {
    if (!box.current || !still.current || !moving.current) return undefined;
    const made = createStage({ box: box.current, still: still.current, moving: moving.current, onSelect: (id) => (selected.value = id), onView: (v) => (scale.value = v.scale) });
    stage.current = made;
    const stop = onLive((events) => {
      const handovers = handoversIn(events);
      if (handovers.length > 0) made.walk(handovers);
    });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const recolour = (): void => made.recolour();
    dark.addEventListener('change', recolour);
    return () => {
      stop();
      dark.removeEventListener('change', recolour);
      made.close();
    };
  }, []);
  useLayoutEffect(() => stage.current?.show(scene, layers.value), [scene, layers.value]);
  useSignalEffect(() => stage.current?.select(selected.value));
  // The attribute of the page follows the choice after this.
  useEffect(() => {
    const later = requestAnimationFrame(() => stage.current?.recolour());
    return () => cancelAnimationFrame(later);
  }, [theme.value]);
  const bar = scaleBar(scale.value, SCALE_BAR);
  const chosen = scene.homes.find((h) => h.id === selected.value);
  return (
    <div class="town">
      <div ref={box} class="town-plane" tabIndex={0} role="application" aria-label={words.label(scene.homes.length)} aria-describedby="town-keys">
        <canvas ref={still} />
        <canvas ref={moving} />
      </div>
      <p id="town-keys" class="unseen">
        {words.keys}
      </p>
      <div class="town-tools">
        <IconButton icon="plus" label={words.zoomIn} onClick={() => stage.current?.zoomBy(ZOOM)} />
        <IconButton icon="minus" label={words.zoomOut} onClick={() => stage.current?.zoomBy(1 / ZOOM)} />
        <IconButton icon="fit" label={words.whole} onClick={() => stage.current?.whole()} />
      </div>
      {layout === 'map' && (
        <div class="scale-bar" aria-hidden="true">
          <span class="scale-line" style={{ width: `${bar.pixels}px` }} />
          <span>{bar.metres >= 1000 ? `${format().number(bar.metres / 1000)} km` : `${format().number(bar.metres)} m`}</span>
        </div>
      )}
      <div aria-live="polite">{chosen && <Chosen home={chosen} topology={topology} onClose={() => (selected.value = undefined)} />}</div>
      <div class="town-foot">
        <Legend />
        <div class="town-layers">
          {LAYERS.map((layer) => (
            <CheckBox key={layer} label={words.layers[layer]} checked={layers.value[layer]} onValue={(on) => (layers.value = { ...layers.value, [layer]: on })} />
          ))}
        </div>
      </div>
      {layout === 'map' && scene.unplaced > 0 && <Note>{words.unplaced(scene.unplaced)}</Note>}
    </div>
  );
}
