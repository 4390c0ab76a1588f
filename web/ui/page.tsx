/** The frame of a page, and what it shows instead of content. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Role } from '../../cloud/api/resources/people.ts';
import { t } from '../i18n/index.ts';
import type { ApiFailure } from '../lib/api.ts';
import type { Resource } from '../lib/resource.ts';
import { may } from '../lib/session.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface PageProps {
  readonly title: string;
  /** Beside the title, such as a status. */
  readonly beside?: ComponentChildren;
  readonly subtitle?: ComponentChildren;
  /** Where this page belongs to. */
  readonly parent?: { readonly href: string; readonly title: string };
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Page({ title, beside, subtitle, parent, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Roamstead`;
  }, [title]);
  return (
    <div class="page">
      <header class="page-head">
        <div class="page-titles">
          {parent && (
            <a class="page-parent" href={parent.href}>
              <Icon name="left" size={16} />
              {parent.title}
            </a>
          )}
          <div class="page-title">
            <h1>{title}</h1>
            {beside}
          </div>
          {subtitle && <div class="page-subtitle">{subtitle}</div>}
        </div>
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A block of a page with a heading. */
export function Section({ title, actions, children, flush = false }: { readonly title?: string; readonly actions?: ComponentChildren; readonly children: ComponentChildren; readonly flush?: boolean }) {
  return (
    <section class={flush ? 'card flush' : 'card'}>
      {title && (
        <header class="card-head">
          <h2>{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

/** Nothing is here yet: why, and what to do next. */
export function EmptyState({ icon, title, children, actions }: { readonly icon: IconName; readonly title: string; readonly children?: ComponentChildren; readonly actions?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
      {actions && <div class="empty-actions">{actions}</div>}
    </div>
  );
}

/** In place of what could not be loaded, in the API's own words. */
export function ErrorNote({ error, onRetry }: { readonly error: ApiFailure; readonly onRetry?: (() => void) | undefined }) {
  return (
    <div class="note bad" role="alert">
      <Icon name="warn" />
      <p>
        {error.message} {error.path && <code>{error.path}</code>}
      </p>
      {onRetry && <Button onClick={onRetry}>{t().shell.errors.retry}</Button>}
    </div>
  );
}

export function Note({ tone = 'calm', children }: { readonly tone?: 'calm' | 'warn' | 'bad' | 'good'; readonly children: ComponentChildren }) {
  return (
    <div class={`note ${tone}`}>
      <Icon name={tone === 'calm' ? 'info' : tone === 'good' ? 'check' : 'warn'} />
      <div>{children}</div>
    </div>
  );
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="spinner" />
      <span>{t().common.loading}</span>
    </div>
  );
}

/** A resource's content when it is there; what was loaded before stays while a newer one comes. */
export function Loaded<T>({ of, children }: { readonly of: Resource<T>; readonly children: (data: T) => ComponentChildren }) {
  const data = of.data.value;
  const error = of.error.value;
  return (
    <>
      {error && <ErrorNote error={error} onRetry={() => void of.reload()} />}
      {data !== undefined ? children(data) : !error && <Loading />}
    </>
  );
}

/** What a role may do; to others a line that says who may, or nothing with `silent`. */
export function May({ role, silent = false, children }: { readonly role: Role; readonly silent?: boolean; readonly children: ComponentChildren }) {
  if (may(role)) return <>{children}</>;
  return silent ? null : (
    <p class="role-hint">
      <Icon name="info" size={16} />
      {t().shell.needsRole[role]}
    </p>
  );
}
