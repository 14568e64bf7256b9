/** Starts the console: its configuration, who is signed in, then the first page. */
import { effect, untracked } from '@preact/signals';
import { render } from 'preact';

import { App } from './app';
import { Client } from './api/client';
import type { ConsoleConfig } from './api/types';
import { authority } from './auth';
import { Authority } from './auth/authority';
import { confirmed, may, type Caller, type Identity } from './auth/identity';
import { ErrorPanel } from './components';
import { followLanguage } from './i18n';
import { LiveClient } from './live/client';
import { placeOf, websocketAddress } from './place';
import { preload } from './pages/table';
import { listen, parseHash } from './routing';
import { begin, identity } from './session';
import './styles/index.css';
import { followTheme } from './theme';

const root = document.getElementById('app') as HTMLElement;

async function boot(): Promise<void> {
  preload(parseHash(window.location.hash).path);
  followTheme();
  followLanguage();
  const place = placeOf(window.location.href);
  const config = await new Client({ base: place.page, credentials: async () => ({}) }).get<ConsoleConfig>(
    '/config.json',
  );
  const shown = new Authority(config, identity, {
    fetch: (...given) => window.fetch(...given),
    storage: window.sessionStorage,
    now: Date.now,
    page: place.origin + place.page,
    go: (url) => window.location.assign(url),
    hash: () => window.location.hash,
  });
  authority.value = shown;
  const query = new URLSearchParams(window.location.search);
  const hash = await shown.start(query);
  // The code of a sign-in does not stay in the address.
  if (window.location.search) window.history.replaceState(null, '', place.page + (hash ?? window.location.hash));
  const api = new Client({
    base: place.prefix + config.api,
    credentials: () => shown.headers(),
    refused: (problem) => shown.refused(problem),
  });
  const live = new LiveClient({
    address: websocketAddress(place, config.websocket),
    token: () => shown.socketToken(),
    isOnline: () => window.navigator.onLine,
    isAllowed: () => !identity.peek()?.confirmed || may(identity.peek(), 'viewer'),
  });
  begin({
    live,
    config,
    place,
    api,
  });
  effect(() => {
    const who = identity.value;
    // It is the same connection and the same caller once the service has said who that is.
    if (who?.confirmed) {
      if (!may(who, 'viewer')) untracked(() => live.restart());
      return;
    }
    untracked(() => (who ? live.restart() : live.stop()));
    if (who) void confirm(api, who);
  });
  window.addEventListener('online', () => {
    live.restart();
    const who = identity.peek();
    if (who && !who.confirmed) void confirm(api, who);
  });
  window.addEventListener('offline', () => live.offline());
  listen();
  render(<App />, root);
}

/** Asks the service who the caller is. Until it answers, and if it does not, what the token says is shown. */
async function confirm(api: Client, who: Identity): Promise<void> {
  const caller = await api.get<Caller>('/me').catch(() => null);
  if (caller && identity.value === who) identity.value = confirmed(who, caller);
}

function start(): void {
  boot().catch((error: unknown) => {
    const again = () => {
      render(null, root);
      start();
    };
    render(<ErrorPanel error={error} onRetry={again} />, root);
  });
}

start();
