/** Starts the console: its configuration, who is signed in, then the first page. */
import { effect, untracked } from '@preact/signals';
import { render } from 'preact';

import { App } from './app';
import { Client } from './api/client';
import type { ConsoleConfig } from './api/types';
import { authority } from './auth';
import { Authority } from './auth/authority';
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
  const live = new LiveClient({
    address: websocketAddress(place, config.websocket),
    token: () => shown.socketToken(),
    isOnline: () => window.navigator.onLine,
  });
  begin({
    live,
    config,
    place,
    api: new Client({
      base: place.prefix + config.api,
      credentials: () => shown.headers(),
      refused: (problem) => shown.refused(problem),
    }),
  });
  effect(() => {
    // What somebody else may see is asked for anew.
    const somebody = identity.value !== null;
    untracked(() => (somebody ? live.restart() : live.stop()));
  });
  window.addEventListener('online', () => live.restart());
  window.addEventListener('offline', () => live.offline());
  listen();
  render(<App />, root);
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
