import { LANGUAGES, language, loadLanguage, t, type Language } from '../i18n/index.ts';
import { connection } from '../lib/live.ts';
import { THEMES, theme } from '../lib/preferences.ts';
import { logout, session } from '../lib/session.ts';
import { Badge } from '../ui/badge.tsx';
import { IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { helpOpen, searchOpen } from './keyboard.ts';
import { missing } from './missing.ts';

export function Header() {
  const words = t().shell;
  return (
    <header class="header">
      <button type="button" class="search-button" aria-label={words.search.label} onClick={() => (searchOpen.value = true)}>
        <Icon name="search" size={18} />
        <span>{words.search.label}</span>
        <kbd>/</kbd>
      </button>
      <div class="header-end">
        <ConnectionState />
        <IconButton icon="help" label={words.help.open} onClick={() => (helpOpen.value = true)} />
        <Appearance />
        <Account />
      </div>
    </header>
  );
}

function ConnectionState() {
  const words = t().shell.connection;
  const lacking = missing.value;
  if (connection.value === 'lost') {
    return (
      <span title={words.lostHelp} role="status">
        <Badge tone="warn" icon="refresh">
          {words.lost}
        </Badge>
      </span>
    );
  }
  return (
    <span role="status" title={lacking.join('\n') || undefined}>
      {connection.value === 'connecting' ? (
        <Badge tone="calm" icon="clock">
          {words.connecting}
        </Badge>
      ) : lacking.length > 0 ? (
        <Badge tone="warn" icon="warn">
          {words.missing(lacking.length)}
        </Badge>
      ) : (
        <Badge tone="good" icon="wifi">
          {words.live}
        </Badge>
      )}
    </span>
  );
}

/** Theme and language: also before anybody has signed in. */
export function Appearance() {
  const words = t().shell;
  return (
    <Menu icon="sun" label={`${words.theme.label}, ${words.language}`}>
      <p class="menu-title">{words.theme.label}</p>
      {THEMES.map((one) => (
        <MenuItem key={one} checked={theme.value === one} onClick={() => (theme.value = one)}>
          {words.theme[one]}
        </MenuItem>
      ))}
      <p class="menu-title">{words.language}</p>
      {(Object.keys(LANGUAGES) as Language[]).map((one) => (
        <MenuItem key={one} checked={language.value === one} onClick={() => void loadLanguage(one)}>
          <span lang={one}>{LANGUAGES[one]}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}

function Account() {
  const words = t().shell;
  const who = session.value;
  if (!who) return null;
  return (
    <Menu icon="user" label={words.user.menu}>
      <div class="menu-who">
        <span>{words.user.signedInAs}</span>
        <strong>{who.user}</strong>
        <span>{words.roles[who.role]}</span>
      </div>
      <MenuItem icon="exit" onClick={() => void logout()}>
        {words.user.logout}
      </MenuItem>
      <p class="menu-version">
        {words.product} {who.version}
      </p>
    </Menu>
  );
}
