/** Before there is a session: sign in, or make the first user with the one-time link. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { login, setUp, setUpNeeded } from '../lib/session.ts';
import { useSubmission } from '../lib/submission.ts';
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
  const { busy, failure, of, submit } = useSubmission(['name', 'password']);
  const title = first ? words.setUpTitle : words.title;
  useEffect(() => {
    document.title = `${title} · Roamstead`;
  }, [title]);

  const differs = first && again.value !== '' && again.value !== password.value;
  const short = first && password.value !== '' && password.value.length < SHORTEST;
  const enter = async (): Promise<void> => {
    if (first && (again.value !== password.value || password.value.length < SHORTEST)) return;
    await submit(() => (first ? setUp(setUpToken, name.value, password.value) : login(name.value, password.value)));
  };

  return (
    <main class="sign-in">
      <div class="sign-in-tools">
        <Appearance />
      </div>
      <form
        class="card sign-in-card"
        onSubmit={(e) => {
          e.preventDefault();
          void enter();
        }}
      >
        <img src="/icon.svg" alt="" width="44" height="44" />
        <h1>{title}</h1>
        <p class="muted">{first ? words.setUpText : words.text}</p>
        {!first && setUpNeeded.value && <Note>{words.setUpNeeded}</Note>}
        {failure && <ErrorNote error={failure} />}
        <TextField label={words.name} value={name.value} onValue={(v) => (name.value = v)} error={of('name')} required autocomplete="username" autofocus />
        <TextField label={words.password} type="password" value={password.value} onValue={(v) => (password.value = v)} error={of('password') ?? (short ? words.tooShort(SHORTEST) : undefined)} help={first ? words.passwordHelp : undefined} required autocomplete={first ? 'new-password' : 'current-password'} />
        {first && <TextField label={words.again} type="password" value={again.value} onValue={(v) => (again.value = v)} error={differs ? words.differs : undefined} required autocomplete="new-password" />}
        <Button type="submit" kind="primary" busy={busy}>
          {first ? words.create : words.signIn}
        </Button>
      </form>
    </main>
  );
}
