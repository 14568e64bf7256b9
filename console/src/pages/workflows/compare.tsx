/** Two versions of a definition, and what differs between them: in short, and line by line. */
import { useMemo, useState } from 'preact/hooks';

import { EmptyState, ErrorPanel, Loading, Notice } from '../../components';
import { Diff } from '../../editor/editor';
import { written } from '../../editor/syntax';
import { t } from '../../i18n';
import { location, setQuery } from '../../routing';
import { usePolled } from '../polling';
import { Choice } from '../search_box';
import { type Changes, changesBetween, isEmpty } from './changes';
import { type Definition, definitionOf, plain, type VersionEntry } from './definitions';
import { prefer, preferredSyntax, SyntaxChoice } from './syntax_choice';

const WIDE = '(min-width: 62rem)';

export function Compare({ id, versions }: { id: string; versions: readonly VersionEntry[] }) {
  const { query } = location.value;
  const standard = versions.findIndex((each) => each.is_default);
  const to = query.get('to') || versions[Math.max(standard, 0)]?.version || '';
  const from = query.get('from') || versions.find((each) => each.version !== to)?.version || '';
  const [isSideBySide, setSideBySide] = useState(() => window.matchMedia(WIDE).matches);
  if (versions.length < 2) return <EmptyState title={t('workflows.compare.one')} />;
  const options = versions.map(({ version }) => [version, version] as const);
  return (
    <div class="stack">
      <div class="filters">
        <Choice
          label={t('workflows.compare.from')}
          value={from}
          options={options}
          onChange={(each) => setQuery({ from: each })}
        />
        <Choice
          label={t('workflows.compare.to')}
          value={to}
          options={options}
          onChange={(each) => setQuery({ to: each })}
        />
        <SyntaxChoice value={preferredSyntax.value} onChange={prefer} />
        <Choice
          label={t('workflows.compare.layout')}
          value={isSideBySide ? 'two' : 'one'}
          options={[
            ['two', t('workflows.compare.side_by_side')],
            ['one', t('workflows.compare.unified')],
          ]}
          onChange={(each) => setSideBySide(each === 'two')}
        />
      </div>
      <Compared id={id} from={from} to={to} isSideBySide={isSideBySide} />
    </div>
  );
}

interface ComparedProps {
  id: string;
  from: string;
  to: string;
  isSideBySide: boolean;
}

function Compared({ id, from, to, isSideBySide }: ComparedProps) {
  const { data, error, refresh } = usePolled(
    `${id} ${from} ${to}`,
    (signal) => Promise.all([definitionOf(id, from, signal), definitionOf(id, to, signal)]),
    null,
  );
  if (error !== null) return <ErrorPanel error={error} onRetry={refresh} />;
  if (!data) return <Loading />;
  return <Difference before={data[0]} after={data[1]} isSideBySide={isSideBySide} />;
}

interface DifferenceProps {
  before: Definition;
  after: Definition;
  isSideBySide: boolean;
}

function Difference({ before, after, isSideBySide }: DifferenceProps) {
  const syntax = preferredSyntax.value;
  const changes = useMemo(() => changesBetween(before, after), [before, after]);
  const texts = useMemo(() => [before, after].map((each) => written(plain(each), syntax)), [before, after, syntax]);
  const label = ({ name, version }: Definition) => t('workflows.definition_of', { name, version });
  return (
    <>
      {isEmpty(changes) ? <Notice tone="info">{t('workflows.compare.same')}</Notice> : <Summary changes={changes} />}
      <Diff
        label={label(after)}
        beforeLabel={label(before)}
        before={texts[0] ?? ''}
        after={texts[1] ?? ''}
        syntax={syntax}
        isSideBySide={isSideBySide}
      />
    </>
  );
}

function Summary({ changes: { steps, transitions, fields } }: { changes: Changes }) {
  const changed = steps.changed.map((step) => `${step.id} (${step.fields.join(', ')})`);
  const rows: [string, string, string[]][] = [
    ['+', t('workflows.compare.steps_added'), steps.added],
    ['−', t('workflows.compare.steps_removed'), steps.removed],
    ['±', t('workflows.compare.steps_changed'), changed],
    ['+', t('workflows.compare.transitions_added'), transitions.added],
    ['−', t('workflows.compare.transitions_removed'), transitions.removed],
    ['±', t('workflows.compare.fields'), fields],
  ];
  return (
    <section class="panel changes" aria-label={t('workflows.compare.summary')}>
      <dl class="facts">
        {rows
          .filter(([, , names]) => names.length > 0)
          .map(([sign, title, names]) => (
            <div class="change" key={title}>
              <dt>
                <span aria-hidden="true">{sign} </span>
                {title}
              </dt>
              <dd class="mono">{names.join(', ')}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
