/** What a page shows instead of its content: that it loads, that there is nothing, that something failed. */
import { CircleAlert, Info, Inbox } from 'lucide-preact';
import type { ComponentChildren } from 'preact';

import { toProblem, type Problem } from '../api/problem';
import { t } from '../i18n';

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{t('app.loading')}</span>
    </div>
  );
}

interface EmptyProps {
  title: string;
  text?: string;
  /** Whether it is all that the page has to say: then its title is the page's. */
  whole?: boolean;
  children?: ComponentChildren;
}

export function EmptyState({ title, text, whole = false, children }: EmptyProps) {
  const Title = whole ? 'h1' : 'h2';
  return (
    <div class="empty">
      <Inbox size={36} aria-hidden="true" class="empty-icon" />
      <Title class="empty-title">{title}</Title>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

interface NoticeProps {
  tone: 'error' | 'warning' | 'info';
  title?: string;
  children?: ComponentChildren;
  live?: boolean;
}

export function Notice({ tone, title, children, live = true }: NoticeProps) {
  const Icon = tone === 'info' ? Info : CircleAlert;
  return (
    <div class={`notice notice-${tone}`} role={live ? (tone === 'error' ? 'alert' : 'status') : undefined}>
      <Icon size={18} aria-hidden="true" class="notice-icon" />
      <div class="notice-body">
        {title && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

/** A refusal with every finding of it, and what to tell an administrator. */
export function ErrorPanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = toProblem(error);
  return (
    <Notice tone="error" title={titleOf(problem)}>
      <p>{textOf(problem)}</p>
      {problem.findings.length > 0 && (
        <ul class="findings">
          {problem.findings.map((finding) => (
            <li key={finding.pointer + finding.code + finding.message}>
              {finding.pointer && <code>{finding.pointer}</code>} {finding.message}{' '}
              {finding.hint && <span class="hint">{finding.hint}</span>}
            </li>
          ))}
        </ul>
      )}
      <p class="hint">
        <code>{problem.code}</code>
        {problem.requestId && (
          <>
            {' '}
            · {t('problem.request_id')} <code>{problem.requestId}</code>
          </>
        )}
      </p>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {t('action.retry')}
        </button>
      )}
    </Notice>
  );
}

function titleOf(problem: Problem): string {
  return problem.code === 'Unreachable' ? t('app.unreachable') : problem.title || t('problem.title');
}

function textOf(problem: Problem): string {
  if (problem.code === 'Unreachable') return t('problem.network');
  return problem.code === 'Unexpected' ? t('problem.unexpected', { status: problem.status }) : problem.message;
}
