/** The shell around every page: navigation, theme, language, who is signed in; and the page that the address names. */
import { CircleUser, Inbox, Activity, LogOut, Monitor, Moon, Sun, UserCog, Workflow, ListVideo } from 'lucide-preact';
import { Component, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { signOut, switchUser } from './auth';
import { ROLES } from './auth/identity';
import { SignIn } from './auth/sign_in';
import { EmptyState, ErrorPanel, Loading, Toasts, usePopup } from './components';
import { LANGUAGES, language, setLanguage, t, type Key, type Language } from './i18n';
import type { PageProps, Route, Section } from './pages/page';
import { HOME, hasPages, routed } from './pages/table';
import { TaskCount } from './pages/tasks/count';
import { href, location, type Params } from './routing';
import { identity, session } from './session';
import { nextTheme, theme } from './theme';

const NAVIGATION: readonly { section: Section; title: Key; Icon: typeof Inbox }[] = [
  { section: 'executions', title: 'nav.executions', Icon: ListVideo },
  { section: 'workflows', title: 'nav.workflows', Icon: Workflow },
  { section: 'tasks', title: 'nav.tasks', Icon: Inbox },
  { section: 'system', title: 'nav.system', Icon: Activity },
];

export function App() {
  if (!identity.value) return <SignIn />;
  const found = routed(location.value.path);
  return (
    <>
      <a class="skip-link" href="#main" onClick={skip}>
        {t('app.skip')}
      </a>
      <header class="topbar">
        <a class="brand" href={href(HOME)} aria-label={t('app.console')}>
          <Logo />
          <span>{t('app.name')}</span>
        </a>
        <nav class="topnav" aria-label={t('app.navigation')}>
          {NAVIGATION.filter(({ section }) => hasPages(section)).map(({ section, title, Icon }) => (
            <a
              key={section}
              href={href(`/${section}`)}
              class="topnav-link"
              aria-current={found?.route.section === section ? 'page' : undefined}
            >
              <Icon size={18} aria-hidden="true" />
              <span>{t(title)}</span>
              {section === 'tasks' && <TaskCount />}
            </a>
          ))}
        </nav>
        <div class="topbar-tools">
          <LanguageSwitch />
          <ThemeSwitch />
          <UserMenu />
        </div>
      </header>
      <main id="main" class="main" tabIndex={-1}>
        {found ? <Shown key={found.route.pattern} route={found.route} params={found.params} /> : <NotFound />}
      </main>
      <Toasts />
    </>
  );
}

/** The address's hash is taken by the routes, so the skip link moves the focus itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Shown({ route, params }: { route: Route; params: Params }) {
  const [Page, setPage] = useState<ComponentType<PageProps> | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const isFirst = useRef(true);
  const title = t(route.title);

  useEffect(() => {
    let gone = false;
    route.load().then(
      (module) => !gone && setPage(() => module.default),
      (error: unknown) => !gone && setFailure(error),
    );
    return () => {
      gone = true;
    };
  }, [route, attempt]);

  useEffect(() => {
    document.title = `${title} – ${t('app.name')}`;
  }, [title]);

  useEffect(() => {
    // A change of page is told to those who do not see it; at the first page the browser does so.
    if (!isFirst.current || document.activeElement === document.body) document.getElementById('main')?.focus();
    isFirst.current = false;
  }, []);

  if (failure) {
    const again = () => {
      setFailure(null);
      setAttempt(attempt + 1);
    };
    return <ErrorPanel error={failure} onRetry={again} />;
  }
  if (!Page) return <Loading />;
  return (
    <Boundary>
      <Page params={params} />
    </Boundary>
  );
}

function NotFound() {
  return (
    <EmptyState whole title={t('app.not_found.title')} text={t('app.not_found.text')}>
      <a class="button" href={href(HOME)}>
        {t('app.not_found.link')}
      </a>
    </EmptyState>
  );
}

class Boundary extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState whole title={t('app.crashed.title')} text={t('app.crashed.text')}>
        <button type="button" class="button" onClick={() => window.location.reload()}>
          {t('app.reload')}
        </button>
      </EmptyState>
    );
  }
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" class="logo-ground" />
      <path d="M9 6v6m0 8v6M16 6v2m0 8v4m0 4v2M23 6v6m0 8v6" class="logo-warp" />
      <path d="M6 12h10m4 0h6M6 20h3m4 0h13" class="logo-weft" />
    </svg>
  );
}

function LanguageSwitch() {
  return (
    <label class="language">
      <span class="visually-hidden">{t('language.label')}</span>
      <select
        class="select select-quiet"
        value={language.value}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([id, { name, tag }]) => (
          <option key={id} value={id} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

function ThemeSwitch() {
  const Icon = THEME_ICONS[theme.value];
  const label = t(`theme.${theme.value}`);
  return (
    <button type="button" class="button button-icon button-quiet" title={label} aria-label={label} onClick={nextTheme}>
      <Icon size={18} aria-hidden="true" />
    </button>
  );
}

function UserMenu() {
  const { open, setOpen, box } = usePopup();

  const who = identity.value;
  if (!who) return null;
  const roles = who.roles ? ROLES.filter((role) => who.roles?.has(role)) : null;
  return (
    <div class="user" ref={box}>
      <button
        type="button"
        class="button button-quiet user-button"
        aria-expanded={open}
        aria-controls="user-panel"
        aria-label={t('user.menu', { name: who.name })}
        onClick={() => setOpen(!open)}
      >
        <CircleUser size={18} aria-hidden="true" />
        <span class="user-name">{who.name}</span>
      </button>
      {open && (
        <div id="user-panel" class="panel user-panel">
          <p class="user-panel-name">{who.name}</p>
          <dl class="facts">
            <dt>{t('user.stage')}</dt>
            <dd>{session().config.stage ?? t('time.none')}</dd>
            {who.groups.length > 0 && (
              <>
                <dt>{t('user.groups')}</dt>
                <dd>{who.groups.join(', ')}</dd>
              </>
            )}
            {roles && (
              <>
                <dt>{t('user.roles')}</dt>
                <dd>{roles.length ? roles.map((role) => t(`role.${role}`)).join(', ') : t('user.no_roles')}</dd>
              </>
            )}
          </dl>
          {session().config.development_token && (
            <button type="button" class="button" onClick={switchUser}>
              <UserCog size={16} aria-hidden="true" />
              {t('user.switch')}
            </button>
          )}
          {who.proof !== 'none' && (
            <button type="button" class="button" onClick={() => signOut()}>
              <LogOut size={16} aria-hidden="true" />
              {t('user.sign_out')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
