/** A change of the configuration in four steps: change, check what it does to each home, choose the pace, start. */
import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Preview, Rollout } from '../../../cloud/api/resources/rollouts.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { t } from '../../i18n/index.ts';
import { call } from '../../lib/api.ts';
import { curl } from '../../lib/curl.ts';
import { PATHS, to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { go, query } from '../../lib/router.ts';
import { useSubmission } from '../../lib/submission.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { CommandHint } from '../../ui/commandHint.tsx';
import { ErrorNote, Loaded, May, Note, Page, Section } from '../../ui/page.tsx';
import { Editor } from '../configuration/editor.tsx';
import { concerns } from '../configuration/fields.ts';
import { layersOf, type Layers } from '../configuration/inherit.ts';
import { scopeOf, scopeText, treeOf, type Scope, type Tree } from '../configuration/document.ts';
import { ScopePicker, useScopeName } from '../configuration/scopePicker.tsx';
import { Differences } from './differences.tsx';
import { PaceForm, usualPace, type Chosen } from './paceForm.tsx';
import { Steps, STEPS, type StepName } from './steps.tsx';
import { usePreview } from './usePreview.ts';
import '../configuration/configuration.css';
import './rollout.css';

export default function Wizard() {
  const concern = concerns.find((c) => c === query.value['concern']) ?? 'profiles';
  const scope = scopeOf(query.value['scope']);
  const words = t().rollout;
  const layers = useResource<Layers>(`${concern} ${scopeText(scope)}`, () => layersOf(scope, concern));
  return (
    <Page title={words.titled(t().common.concerns[concern], useScopeName(scope))} parent={{ href: PATHS.configuration, title: t().shell.pages.configuration }}>
      <May role="operator">
        <Loaded of={layers}>{(found) => <Stepped key={`${concern} ${scopeText(scope)}`} concern={concern} scope={scope} layers={found} />}</Loaded>
      </May>
    </Page>
  );
}

function Stepped({ concern, scope, layers }: { readonly concern: Concern; readonly scope: Scope; readonly layers: Layers }) {
  const words = t().rollout;
  const step = useSignal<StepName>('change');
  const document = useSignal<Tree>(treeOf(layers.own?.document));
  const chosen = useSignal<Chosen | undefined>(undefined);
  const { busy, failure, submit } = useSubmission();
  const preview = usePreview(scope, concern, document);
  const homes = preview.value?.homes.length ?? 0;
  // What suits so many homes, until somebody chooses.
  const pace = chosen.value ?? usualPace(homes);
  const plan = { scope, concern, document: document.value, ...pace };
  const start = async (): Promise<void> => {
    const rollout = await call<Rollout>('POST', '/rollouts', plan);
    go(to.rollout(rollout.id));
  };
  const ready = preview.value !== undefined && preview.value.problems.length === 0 && homes > 0;
  return (
    <div class="wizard">
      <Steps current={step.value} ready={ready} onStep={(s) => (step.value = s)} />
      {step.value === 'change' && <Change concern={concern} scope={scope} layers={layers} document={document} preview={preview.value} />}
      {step.value === 'check' && preview.value && (
        <Section title={words.check.title(homes)}>
          <Differences preview={preview.value} />
        </Section>
      )}
      {step.value === 'pace' && (
        <Section title={words.pace.title}>
          <PaceForm pace={pace} homes={homes} onPace={(p) => (chosen.value = p)} />
        </Section>
      )}
      {step.value === 'start' && (
        <Section title={words.start.title}>
          <p class="start-summary">{words.start.summary(homes, pace.canary)}</p>
          <Note>{words.start.safety}</Note>
          <CommandHint command={curl('POST', '/rollouts', plan)} />
        </Section>
      )}
      {failure && <ErrorNote error={failure} />}
      <Foot step={step} ready={ready} busy={busy} preview={preview.value} onStart={() => void submit(start)} />
    </div>
  );
}

function Change({ concern, scope, layers, document, preview }: { readonly concern: Concern; readonly scope: Scope; readonly layers: Layers; readonly document: Signal<Tree>; readonly preview: Preview | undefined }) {
  const words = t().rollout;
  const raw = useSignal(false);
  useEffect(() => {
    raw.value = false;
  }, [concern]);
  return (
    <>
      <ScopePicker scope={scope} />
      <Section
        title={words.concernHelp[concern]}
        actions={
          <div class="segments" role="group" aria-label={words.editAs}>
            <button type="button" aria-pressed={!raw.value} onClick={() => (raw.value = false)}>
              {words.form}
            </button>
            <button type="button" aria-pressed={raw.value} onClick={() => (raw.value = true)}>
              JSON
            </button>
          </div>
        }
      >
        <div class="editor">
          <Editor raw={raw.value} concern={concern} document={document.value} layers={layers} problems={preview?.problems ?? []} onDocument={(d) => (document.value = d)} />
        </div>
      </Section>
    </>
  );
}

function Foot({ step, ready, busy, preview, onStart }: { readonly step: Signal<StepName>; readonly ready: boolean; readonly busy: boolean; readonly preview: Preview | undefined; readonly onStart: () => void }) {
  const words = t().rollout;
  const at = STEPS.indexOf(step.value);
  const [before, after] = [STEPS[at - 1], STEPS[at + 1]];
  return (
    <footer class="wizard-foot">
      <p role="status">{preview === undefined ? words.checking : preview.problems.length > 0 ? words.problems(preview.problems.length) : preview.homes.length === 0 ? words.noChange : words.changes(preview.homes.length)}</p>
      {before ? (
        <Button icon="left" onClick={() => (step.value = before)}>
          {t().common.back}
        </Button>
      ) : (
        <ButtonLink href={PATHS.configuration}>{t().common.cancel}</ButtonLink>
      )}
      {after ? (
        <Button kind="primary" icon="right" disabled={!ready} onClick={() => (step.value = after)}>
          {t().common.next}
        </Button>
      ) : (
        <Button kind="primary" icon="play" busy={busy} disabled={!ready} onClick={onStart}>
          {words.start.action}
        </Button>
      )}
    </footer>
  );
}
