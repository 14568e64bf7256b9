/** The service's own picture of an execution, as a file. */
import { Download } from 'lucide-preact';
import { useState } from 'preact/hooks';

import { path } from '../../api/client';
import { toProblem } from '../../api/problem';
import { toast } from '../../components';
import { t } from '../../i18n';
import { api } from '../../session';

export function DownloadPicture({ execution, depth }: { execution: string; depth: number }) {
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const query = { format: 'svg', depth };
      const svg = await api().get<string>(path`/workflows/executions/${execution}/visualization`, query);
      save(new Blob([svg], { type: 'image/svg+xml' }), `${execution}.svg`);
    } catch (error) {
      toast(toProblem(error).message, 'error');
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" class="button button-small" disabled={busy} onClick={() => void download()}>
      <Download size={14} aria-hidden="true" />
      {t('graph.download')}
    </button>
  );
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
