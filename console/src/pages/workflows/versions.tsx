/** The versions of a workflow, and choosing one. */
import { useId } from 'preact/hooks';

import { RelativeTime } from '../../components';
import { t } from '../../i18n';
import { href, setQuery } from '../../routing';
import type { VersionEntry } from './definitions';

interface SelectProps {
  versions: readonly VersionEntry[];
  chosen: string;
  /** The version that is shown, which is there before the list of all is. */
  shown: string;
}

export function VersionSelect({ versions, chosen, shown }: SelectProps) {
  const id = useId();
  const known = versions.some(({ version }) => version === shown);
  return (
    <span class="row version-select">
      <label class="hint" for={id}>
        {t('workflows.version')}
      </label>
      <select
        id={id}
        class="select"
        value={chosen || shown}
        onChange={({ currentTarget: { value } }) =>
          setQuery(
            { version: versions.find((each) => each.version === value)?.is_default ? '' : value },
            { replace: false },
          )
        }
      >
        {!known && <option value={shown}>{shown}</option>}
        {versions.map(({ version, is_default: isDefault }) => (
          <option key={version} value={version}>
            {isDefault ? t('workflows.version.default', { version }) : version}
          </option>
        ))}
      </select>
    </span>
  );
}

export function Versions({ id, versions }: { id: string; versions: readonly VersionEntry[] }) {
  const current = versions.find((each) => each.is_default)?.version ?? '';
  return (
    <div class="table-wrap">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">{t('workflows.versions.version')}</th>
            <th scope="col">{t('workflows.versions.created')}</th>
            <th scope="col">
              <span class="visually-hidden">{t('workflows.column.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ version, created_at: createdAt, is_default: isDefault }) => (
            <tr key={version}>
              <td data-label={t('workflows.versions.version')}>
                <span class="row">
                  <code>{version}</code>
                  {isDefault && <span class="badge tone-good">{t('workflows.versions.default')}</span>}
                </span>
              </td>
              <td data-label={t('workflows.versions.created')}>
                <RelativeTime at={createdAt} />
              </td>
              <td class="workflow-actions">
                <a
                  class="button button-small"
                  href={href('/workflows/:id', { id }, { version: isDefault ? '' : version })}
                >
                  {t('workflows.versions.look')}
                  <span class="visually-hidden"> {version}</span>
                </a>
                {!isDefault && (
                  <a
                    class="button button-small"
                    href={href('/workflows/:id', { id }, { tab: 'compare', from: version, to: current })}
                  >
                    {t('workflows.versions.compare')}
                    <span class="visually-hidden"> {version}</span>
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
