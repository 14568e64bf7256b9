/** The page of those who have not signed in. */
import { useState } from 'preact/hooks';

import { authority } from '.';
import type { Authority } from './authority';
import { Field } from '../components';
import { t } from '../i18n';

export function SignIn() {
  const shown = authority.value;
  if (!shown) return null;
  const { oidc, development_token: development } = shown.config;
  const problem = shown.problem.value;
  return (
    <main class="sign-in" id="main">
      <div class="panel sign-in-panel">
        <h1>{t('sign_in.title')}</h1>
        {problem && (
          <div class="notice notice-error" role="alert">
            <p class="notice-title">{problem.kind === 'ended' ? t('sign_in.again') : t('sign_in.failed')}</p>
            {problem.detail && <p>{problem.detail}</p>}
          </div>
        )}
        {oidc && <WithIssuer authority={shown} issuer={oidc.issuer} />}
        {development && <WithDevelopmentToken authority={shown} />}
        {!development && <WithKey authority={shown} open={!oidc} />}
      </div>
    </main>
  );
}

function WithIssuer({ authority, issuer }: { authority: Authority; issuer: string }) {
  const [busy, setBusy] = useState(false);
  const begin = () => {
    setBusy(true);
    void authority.beginOidc().finally(() => setBusy(false));
  };
  return (
    <section class="sign-in-way">
      <button type="button" class="button button-primary button-wide" disabled={busy} onClick={begin}>
        {busy ? t('sign_in.busy') : t('sign_in.oidc')}
      </button>
      <p class="hint">{t('sign_in.oidc.text', { issuer: hostOf(issuer) })}</p>
    </section>
  );
}

function hostOf(issuer: string): string {
  try {
    return new URL(issuer).host;
  } catch {
    return issuer;
  }
}

function WithDevelopmentToken({ authority }: { authority: Authority }) {
  const [user, setUser] = useState('ann');
  const [groups, setGroups] = useState('weft-operators, sales-leads');
  const [wrong, setWrong] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const listed = groups
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
    setWrong(!authority.useDevelopmentToken(`dev:${user.trim()}:${listed.join(',')}`));
  };
  return (
    <form class="sign-in-way" onSubmit={submit}>
      <h2>{t('sign_in.dev.title')}</h2>
      <p class="hint">{t('sign_in.dev.text')}</p>
      <Field label={t('sign_in.dev.user')} error={wrong ? t('sign_in.dev.invalid') : null}>
        {(field) => (
          <input
            {...field}
            class="input"
            required
            autocomplete="username"
            value={user}
            onInput={(event) => setUser(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={t('sign_in.dev.groups')}>
        {(field) => (
          <input {...field} class="input" value={groups} onInput={(event) => setGroups(event.currentTarget.value)} />
        )}
      </Field>
      <div class="row">
        <button type="submit" class="button button-primary">
          {t('sign_in.dev.submit')}
        </button>
        <button type="button" class="button" onClick={() => authority.useNothing()}>
          {t('sign_in.dev.default')}
        </button>
      </div>
    </form>
  );
}

function WithKey({ authority, open }: { authority: Authority; open: boolean }) {
  const [key, setKey] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (key.trim()) authority.useKey(key.trim());
  };
  return (
    <details class="sign-in-way" open={open}>
      <summary>{t('sign_in.key.title')}</summary>
      <form onSubmit={submit} class="stack">
        <p class="hint">{t('sign_in.key.text')}</p>
        <Field label={t('sign_in.key.label')}>
          {(field) => (
            <input
              {...field}
              class="input"
              type="password"
              autocomplete="off"
              required
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button">
          {t('sign_in.key.submit')}
        </button>
      </form>
    </details>
  );
}
