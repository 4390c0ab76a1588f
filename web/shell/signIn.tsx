/** Before there is a session: sign in, or make the first user with the one-time link. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { ApiFailure } from '../lib/api.ts';
import { login, setUp, setUpNeeded } from '../lib/session.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { ErrorNote, Note } from '../ui/page.tsx';
import { Appearance } from './header.tsx';

const SHORTEST = 12;

export function SignIn({ setUpToken }: { readonly setUpToken: string | undefined }) {
  const words = t().session;
  const first = setUpToken !== undefined;
  const name = useSignal('');
  const password = useSignal('');
  const again = useSignal('');
  const failure = useSignal<ApiFailure | undefined>(undefined);
  const busy = useSignal(false);
  const title = first ? words.setUpTitle : words.title;
  useEffect(() => {
    document.title = `${title} · Roamstead`;
  }, [title]);

  const differs = first && again.value !== '' && again.value !== password.value;
  const short = first && password.value !== '' && password.value.length < SHORTEST;
  const submit = async (): Promise<void> => {
    if (first && (again.value !== password.value || password.value.length < SHORTEST)) return;
    busy.value = true;
    failure.value = undefined;
    try {
      if (first) await setUp(setUpToken, name.value, password.value);
      else await login(name.value, password.value);
    } catch (error) {
      failure.value = error instanceof ApiFailure ? error : new ApiFailure(0, { error: String(error) });
    }
    busy.value = false;
  };
  const wrong = failure.value;
  const of = (field: string): string | undefined => (wrong?.path === field ? wrong.message : undefined);

  return (
    <main class="sign-in">
      <div class="sign-in-tools">
        <Appearance />
      </div>
      <form
        class="card sign-in-card"
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        <img src="/icon.svg" alt="" width="44" height="44" />
        <h1>{title}</h1>
        <p class="muted">{first ? words.setUpText : words.text}</p>
        {!first && setUpNeeded.value && <Note>{words.setUpNeeded}</Note>}
        {wrong && !wrong.path && <ErrorNote error={wrong} />}
        <TextField label={words.name} value={name.value} onValue={(v) => (name.value = v)} error={of('name')} required autocomplete="username" autofocus />
        <TextField label={words.password} type="password" value={password.value} onValue={(v) => (password.value = v)} error={of('password') ?? (short ? words.tooShort(SHORTEST) : undefined)} help={first ? words.passwordHelp : undefined} required autocomplete={first ? 'new-password' : 'current-password'} />
        {first && <TextField label={words.again} type="password" value={again.value} onValue={(v) => (again.value = v)} error={differs ? words.differs : undefined} required autocomplete="new-password" />}
        <Button type="submit" kind="primary" busy={busy.value}>
          {first ? words.create : words.signIn}
        </Button>
      </form>
    </main>
  );
}
