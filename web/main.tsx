/** Starts the dashboard: language, session, then the pages. */
import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/cards.css';
import './styles/controls.css';
import './styles/notes.css';
import './styles/overlays.css';
import './styles/table.css';
import { loadLanguage, t } from './i18n/index.ts';
import { setApiHooks } from './lib/api.ts';
import { listen, path } from './lib/router.ts';
import { findSession, session } from './lib/session.ts';
import { App } from './shell/app.tsx';
import { PAGES, pageOf } from './shell/pages.ts';

setApiHooks({
  csrf: () => session.value?.csrf,
  // The address stays, so that whoever signs in again is where they were.
  unauthorized: () => (session.value = null),
  noAnswer: () => t().shell.errors.noAnswer,
});
listen();
// The first page is on its way while it is asked who is there.
const first = pageOf(path.value);
if (first) PAGES[first.key]().catch(() => undefined);
await loadLanguage();
const root = document.getElementById('app');
if (root) render(<App />, root);
await findSession();
