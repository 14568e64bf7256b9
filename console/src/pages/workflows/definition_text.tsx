/** A definition as text, to read, copy and keep. */
import { Download } from 'lucide-preact';
import { useMemo } from 'preact/hooks';

import { CopyButton } from '../../components';
import { Editor } from '../../editor/editor';
import { MEDIA_TYPES, type Syntax, written } from '../../editor/syntax';
import { t } from '../../i18n';
import { type Definition, plain } from './definitions';
import { prefer, preferredSyntax, SyntaxChoice } from './syntax_choice';

export function DefinitionText({ definition }: { definition: Definition }) {
  const syntax = preferredSyntax.value;
  const source = useMemo(() => ({ text: written(plain(definition), syntax) }), [definition, syntax]);
  const { text } = source;
  const { name, version } = definition;
  return (
    <div class="stack">
      <div class="filters">
        <SyntaxChoice value={syntax} onChange={prefer} />
        <span class="row">
          <CopyButton text={text} />
          <button type="button" class="button" onClick={() => download(definition, text, syntax)}>
            <Download size={16} aria-hidden="true" />
            {t('workflows.download')}
          </button>
        </span>
      </div>
      <Editor label={t('workflows.definition_of', { name, version })} source={source} syntax={syntax} isReadOnly />
    </div>
  );
}

function download({ id, version }: Definition, text: string, syntax: Syntax): void {
  const address = URL.createObjectURL(new Blob([text], { type: MEDIA_TYPES[syntax] }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${id}-${version}.${syntax}`;
  link.click();
  URL.revokeObjectURL(address);
}
